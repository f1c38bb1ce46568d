"""The time and the size of each page, and what the two services compute for it."""

import gzip
import os
import re
import time

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import attrs

from benchmarks.dashboard.site import Site
from benchmarks.dashboard.transfers import transfer_of


_ROUNDS = 40


@attrs.frozen
class Measured:
    """
    Attributes:
        frontend_ms: Of the processor, for each page, in the frontend's process.
        backend_ms: The same in the backend's.
        page_bytes: Of the page alone, compressed.
        transferred: With styles, modules and pictures, without a cache.
    """

    name: str
    median_ms: float
    p95_ms: float
    frontend_ms: float
    backend_ms: float
    page_bytes: int
    transferred: int
    requests: int


def paths(site: Site, request: str) -> dict[str, str]:
    org = f"/o/{site.org}"
    return {
        "overview": f"{org}/",
        "playground": f"{org}/playground",
        "live": f"{org}/live",
        "usage, this month": f"{org}/usage",
        "usage, 30 days by tag": f"{org}/usage?days=30&by=tag",
        "usage, 7 days by hour": f"{org}/usage?days=7&step=hour",
        "a request": f"{org}/usage/{request}",
        "API keys": f"{org}/keys",
        "a key": f"{org}/keys/{site.key_ids[0]}",
        "change of a key": f"{org}/keys/{site.key_ids[0]}/change",
        "webhooks": f"{org}/webhooks",
        "docs, quick start": f"{org}/docs/quick-start",
        "billing": f"{org}/billing",
        "team": f"{org}/team",
        "audit log": f"{org}/audit",
        "settings": f"{org}/settings",
        "profile": "/profile",
        "organisations (operator)": "/operator/",
        "an organisation (operator)": f"/operator/orgs/{site.org}",
        "plans (operator)": "/operator/plans",
        "state (operator)": "/operator/state",
    }


async def measure(site: Site) -> AsyncIterator[Measured]:
    headers = {"Cookie": site.cookie, "Accept-Encoding": "gzip"}
    async with aiohttp.ClientSession(
        site.url, headers=headers, auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar()
    ) as client:
        request = await _newest_request(client, site)
        for name, path in paths(site, request).items():
            times = []
            before = _used_ms(site.frontend), _used_ms(site.backend)
            for _ in range(_ROUNDS):
                began = time.perf_counter()
                async with client.get(path, allow_redirects=False) as answer:
                    await answer.read()
                    assert answer.status == 200, (path, answer.status)
                times.append((time.perf_counter() - began) * 1000)
            after = _used_ms(site.frontend), _used_ms(site.backend)
            times.sort()
            sizes = await transfer_of(client, path)
            yield Measured(
                name,
                times[len(times) // 2],
                times[len(times) * 95 // 100],
                *((now - then) / _ROUNDS for now, then in zip(after, before, strict=True)),
                sizes[path],
                sum(sizes.values()),
                len(sizes),
            )


def _used_ms(process: int) -> float:
    """Milliseconds of the processor that *process* has used, with what it asked of the kernel."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


async def _newest_request(client: aiohttp.ClientSession, site: Site) -> str:
    async with client.get(f"/o/{site.org}/usage") as answer:
        text = gzip.decompress(await answer.read()).decode()
    found = re.search(rf"/o/{site.org}/usage/([0-9a-f-]{{8,}})\"", text)
    assert found, text[:2000]
    return found[1]
