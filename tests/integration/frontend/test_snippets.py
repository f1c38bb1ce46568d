"""The dashboard's examples, run as a newcomer does who copies them."""

import json
import os
import shutil
import subprocess
import sys

from pathlib import Path

import pytest

from tests.servers.up import ROOT, Up

from entrypoints.frontend.site import Site
from entrypoints.frontend.snippets import live_snippets, snippets


pytestmark = pytest.mark.slow

_SAID = "quick brown fox"
_NODE = shutil.which("node")


@pytest.fixture
def here(tmp_path) -> Path:
    shutil.copy(ROOT / "samples/hello.wav", tmp_path / "speech.wav")
    return tmp_path


@pytest.fixture
def site(up: Up) -> Site:
    return Site("http://127.0.0.1:8082", up.url, up.more["backend"])


def said(command: list[str], folder: Path, up: Up) -> str:
    environ = {**os.environ, "ALDEA_API_KEY": up.key}
    done = subprocess.run(
        command, cwd=folder, env=environ, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_file_is_transcribed_by_each_language(site, here, up):
    of = dict(snippets(site))
    curl = of["curl"].partition("\n\n")[2]  # after the line that sets the key

    assert _SAID in said(["bash", "-c", curl], here, up).lower()
    assert _SAID in said([sys.executable, "-c", of["Python"]], here, up).lower()
    if _NODE:
        node = [_NODE, "--input-type=module", "--eval", of["JavaScript"]]
        assert _SAID in said(node, here, up).lower()


def test_stream_is_transcribed(site, here, up):
    """
    JavaScript's needs a package that is not here: only its syntax is checked.
    """
    of = dict(live_snippets(site, "interim_results=true&smart_format=true"))
    (here / "live.mjs").write_text(of["JavaScript"])

    messages = said([sys.executable, "-c", of["Python"]], here, up).splitlines()

    assert json.loads(messages[-1])["type"] == "Metadata"
    assert any(_SAID in message.lower() for message in messages)
    if _NODE:
        said([_NODE, "--check", "live.mjs"], here, up)
