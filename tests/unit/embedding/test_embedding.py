"""The examples of docs/embedding.md, executed as they stand there."""

import re

from tests.servers.up import ROOT


def examples() -> list[dict]:
    """The namespaces of the examples that are whole modules."""
    text = (ROOT / "docs/embedding.md").read_text()
    blocks = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    found: list[dict] = []
    for block in blocks:
        if "async def main" in block:
            found.append({"__name__": f"example_{len(found)}"})
            exec(compile(block, "docs/embedding.md", "exec"), found[-1])
    return found


MOUNTED, WITHOUT_HTTP, OWN_KEYSTORE = examples()
# Collected by pytest: the contract suite that the document subclasses.
TestMyKeystore = OWN_KEYSTORE["TestMyKeystore"]


async def test_gateway_is_mounted_in_another_application(monkeypatch):
    monkeypatch.setenv("ALDEA_BUNDLED_ENGINE", "memory")

    assert await MOUNTED["main"]() == [
        "This page is mine.",
        "a file of 1 s",
        "a stream of 1 s",
    ]


async def test_use_cases_are_called_without_http():
    assert await WITHOUT_HTTP["main"]() == ['{"text": "\\u2026"}', "3000 ms of mine"]


async def test_own_keystore_is_used():
    assert await OWN_KEYSTORE["main"]() == ["Acme", "True", "1"]


def test_both_loops_are_used(request):
    """
    By the tests of this folder.
    """
    loops = {item.callspec.id.split("-")[0] for item in request.session.items if is_here(item)}

    assert {"asyncio", "uvloop"} <= loops


def is_here(item) -> bool:
    return item.path.parent.name == "embedding" and hasattr(item, "callspec")
