"""
Measures the dashboard against a backend of its own, on PostgreSQL and Redis, each in a process of its own.

    python -m benchmarks.dashboard [RECORDS] [SESSIONS]

First the time of each page at the server, how much of it the frontend and the backend compute, its
size, and all that a browser without a cache loads for it, compressed, with RECORDS (100,000) usage
records of one organisation. What the database computes is in the time alone. Then the page of open
sessions in Chromium, with SESSIONS (500) of them: their frames and long tasks. With 0 of them a part is
left out.
"""

import asyncio
import sys
import tempfile

from contextlib import ExitStack
from pathlib import Path

from adapters.local_servers.postgres import LocalPostgres
from adapters.local_servers.redis import LocalRedis
from benchmarks.dashboard.live import watch
from benchmarks.dashboard.pages import measure
from benchmarks.dashboard.site import Site, serving
from benchmarks.processes import end_on_sigterm


async def main(database: str, redis: str, records: int, sessions: int) -> None:
    async with serving(database, redis, records) as site:
        if records:
            await _show_pages(site, records)
        if sessions:
            print(await watch(site, sessions))


async def _show_pages(site: Site, records: int) -> None:
    print(
        f"| page, {records:,} records | median ms | p95 ms | frontend ms | backend ms "
        "| page kB | transfer kB | requests |"
    )
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    async for one in measure(site):
        print(
            f"| {one.name} | {one.median_ms:.1f} | {one.p95_ms:.1f} | {one.frontend_ms:.1f} "
            f"| {one.backend_ms:.1f} | {one.page_bytes / 1000:.1f} "
            f"| {one.transferred / 1000:.1f} | {one.requests} |",
            flush=True,
        )


if __name__ == "__main__":
    end_on_sigterm()
    numbers = [int(text) for text in sys.argv[1:3]]
    with tempfile.TemporaryDirectory(prefix="aldea-dashboard-") as folder:
        postgres, redis = (
            LocalPostgres(Path(folder) / "postgres"),
            LocalRedis(Path(folder) / "redis"),
        )
        with ExitStack() as stack:
            for server in (postgres, redis):
                stack.callback(server.stop)
                server.start()
            database = asyncio.run(postgres.create_database("dashboard"))
            asyncio.run(main(database, redis.url, *[*numbers, *[100_000, 500][len(numbers) :]]))
