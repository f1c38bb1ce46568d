"""No page is large: 150 kB at most with all that it loads, in a browser without a cache."""

import aiohttp

from benchmarks.dashboard.transfers import transfer_of


_MOST = 150_000
_PATHS = (
    "/", "/playground", "/live", "/usage", "/usage?days=7&step=hour", "/keys", "/keys/new",
    "/webhooks", "/docs/quick-start", "/docs/close-codes", "/billing", "/team", "/audit", "/settings",
)  # fmt: skip


async def test_no_page_transfers_more_than_150_kb_without_a_cache(site):
    ann = await site.person()
    for number in range(30):
        await ann.send(ann.at("/keys/new"), name=f"Key {number}", may="transcribe", tags="a, b")
    cookies = "; ".join(f"{cookie.key}={cookie.value}" for cookie in ann.client.cookie_jar)
    headers = {"Accept-Encoding": "gzip", "Cookie": cookies}

    async with aiohttp.ClientSession(
        site.url, headers=headers, auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar()
    ) as client:
        sizes = {path: await transfer_of(client, ann.at(path)) for path in _PATHS}
        sizes["/confirm"] = await transfer_of(client, "/confirm")

    assert all(len(found) >= 4 for found in sizes.values())  # styles, a module and the mark
    whole = {path: sum(found.values()) for path, found in sizes.items()}
    assert {path: size for path, size in whole.items() if size > _MOST} == {}
