"""
Measures the dashboard against a backend of its own, on PostgreSQL.

    python -m benchmarks.dashboard [RECORDS] [SESSIONS]

First the time of each page at the server, its size, and all that a browser without a cache loads
for it, compressed, with RECORDS (100,000) usage records of one organisation. Then the page of open
sessions in Chromium, with SESSIONS (500) of them: their frames and long tasks.
"""

import asyncio
import sys
import tempfile

from pathlib import Path

from adapters.local_servers.postgres import LocalPostgres
from benchmarks.dashboard.live import watch
from benchmarks.dashboard.pages import measure
from benchmarks.dashboard.site import running


async def main(url: str, records: int, sessions: int) -> None:
    async with running(url, records) as site:
        print(
            f"| page, {records:,} records | median ms | p95 ms | page kB | transfer kB | requests |"
        )
        print("|---|---:|---:|---:|---:|---:|")
        async for one in measure(site):
            print(
                f"| {one.name} | {one.median_ms:.1f} | {one.p95_ms:.1f} | {one.page_bytes / 1000:.1f} "
                f"| {one.transferred / 1000:.1f} | {one.requests} |",
                flush=True,
            )
        if sessions:
            print(await watch(site, sessions))


if __name__ == "__main__":
    numbers = [int(text) for text in sys.argv[1:3]]
    with tempfile.TemporaryDirectory(prefix="aldea-dashboard-") as folder:
        server = LocalPostgres(Path(folder) / "server")
        server.start()
        try:
            database = asyncio.run(server.create_database("dashboard"))
            asyncio.run(main(database, *[*numbers, *[100_000, 500][len(numbers) :]]))
        finally:
            server.stop()
