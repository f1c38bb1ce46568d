"""What a browser without a cache loads for a page: all that the page and its modules name."""

import gzip
import re

import aiohttp


_NAMED = re.compile(r'(?:href|src)="(/(?:assets|theme)[^"]+)"')
_IMPORTED = re.compile(r"""(?:from|import)\s*\(?["']\./([\w.-]+)["']|addModule\(["']([^"']+)["']""")


async def transfer_of(client: aiohttp.ClientSession, path: str) -> dict[str, int]:
    """
    Bytes of bodies by address, as they come, compressed or not.

    Args:
        client: One that asks for gzip and does not decompress by itself.
    """
    sizes: dict[str, int] = {}
    text = await _load(client, path, sizes)
    waiting = list(_NAMED.findall(text))
    while waiting:
        address = waiting.pop()
        if address in sizes:
            continue
        loaded = await _load(client, address, sizes)
        if address.endswith(".js"):
            folder = address.rpartition("/")[0]
            waiting += [f"{folder}/{name}" for name, _ in _IMPORTED.findall(loaded) if name]
    return sizes


async def _load(client: aiohttp.ClientSession, address: str, sizes: dict[str, int]) -> str:
    async with client.get(address, allow_redirects=False) as answer:
        assert answer.status == 200, (address, answer.status)
        body = await answer.read()
        sizes[address] = len(body)
        if answer.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        return body.decode(errors="replace")
