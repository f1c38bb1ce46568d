"""
Measures an org's overview, usage groups and first page of requests over HTTP, with a million
sessions in the ledger.

    python -m benchmarks.overview [SESSIONS] [DAYS]

The sessions are spread over the DAYS before now (365), one in eleven is another org's, and invoices
have billed all but those of this month. Every path is asked forty times, the first time included: nothing
is warm then but what the backend warms itself.
"""

import asyncio
import sys
import tempfile
import time

from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import sqlalchemy as sa

from adapters.local_servers.postgres import LocalPostgres
from adapters.postgres.engine import connect
from adapters.postgres.migrate import migrate
from aldea_core.domain.access.keys import KeyDraft
from aldea_core.domain.billing.months import Month
from benchmarks.processes import end_on_sigterm
from entrypoints.containers.aldea import aldea
from entrypoints.http.server import serving
from entrypoints.runtime.log import configure_logs
from entrypoints.runtime.periodic import Part
from entrypoints.settings import BundledEngine, Settings


PART = 50_000
ROUNDS = 40
FILL = """
INSERT INTO usage_records
  (session, org, key, kind, started, ended, audio_ms, channels, status, model, language, tags, final,
   billed_ms)
SELECT md5(n::text), CASE WHEN n % 11 = 0 THEN 'other-' || n % 1000 ELSE :org END, :key,
  CASE WHEN n % 3 = 0 THEN 'file' ELSE 'live' END, at, at + interval '1 minute', audio_ms, 1,
  CASE WHEN n % 50 = 0 THEN 1011 ELSE 1000 END, 'model-' || n % 3, 'en', '["web"]', true,
  CASE WHEN at < :month THEN audio_ms ELSE 0 END
FROM (
  SELECT n, CASE WHEN n % 50 = 0 THEN 0 ELSE 60000 + n % 1000 END AS audio_ms,
    CAST(:now AS timestamptz) - (n::bigint * 7919 % :seconds) * interval '1 second' AS at
  FROM generate_series(CAST(:first AS int), CAST(:last AS int)) AS n
) AS numbers
"""
BILL = """
INSERT INTO invoices (id, org, month, currency, made, status, reference, pay_url)
VALUES ('of-' || CAST(:org AS text), CAST(:org AS text), :billed, 'USD', :month, 'draft', '', '') ON CONFLICT DO NOTHING
"""
PATHS = {
    "overview": "/overview",
    "first page of requests": "/requests?since={since}",
    "usage, 90 days in Madrid": "/usage?since={quarter}&zone=Europe/Madrid",
    "groups by day and key, this month": "/usage/groups?by=day,key",
    "groups by day in Madrid, 90 days": "/usage/groups?by=day&since={quarter}&zone=Europe/Madrid",
    "groups by month and kind": "/usage/groups?by=month,kind&since={since}",
}


async def fill(url: str, org: str, key: str, sessions: int, days: int, *, part: int = 0) -> None:
    """
    Args:
        part: Of several fillings of one database, so that their sessions have different ids.
    """
    engine, now = connect(url), datetime.now(UTC)
    month = Month.of(now)
    billed = {"org": org, "month": month.begins, "billed": str(month.previous)}
    async with engine.begin() as connection:
        await connection.execute(sa.text(BILL), billed)
    whole = sessions * 11 // 10
    for first in range(1, whole + 1, PART):
        values = {
            "org": org,
            "key": key,
            "now": now,
            "month": month.begins,
            "seconds": days * 86_400,
            "first": first + part * whole,
            "last": min(first + PART - 1, whole) + part * whole,
        }
        async with engine.begin() as connection:
            await connection.execute(sa.text(FILL), values)
    async with engine.connect() as connection:
        options = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await options.exec_driver_sql(
            "VACUUM ANALYZE usage_records, usage_rollup, usage_tag_rollup"
        )
    await engine.dispose()


async def measure(url: str, sessions: int, days: int) -> None:
    engine = connect(url)
    await migrate(engine)
    await engine.dispose()
    settings = Settings(database_url=url, bundled_engine=BundledEngine.MEMORY, log_level="error")
    async with AsyncExitStack() as stack:
        services = await stack.enter_async_context(aldea(settings, {Part.BACKEND}))
        org = await services.identity.create_org()("Many")
        key, secret = await services.identity.create_key()(
            org.id, KeyDraft("all", scopes=frozenset({"admin"}))
        )
        await fill(url, org.id, key.id, sessions, days)
        app = services.api.backend().app(lambda: True)
        port = await stack.enter_async_context(serving(app, "127.0.0.1", 0))
        client = await stack.enter_async_context(
            aiohttp.ClientSession(
                f"http://127.0.0.1:{port}",
                headers={"Authorization": f"Bearer {secret.reveal()}"},
                raise_for_status=True,
            )
        )
        today = datetime.now(UTC).date()
        spans = {"since": today - timedelta(days=days), "quarter": today - timedelta(days=90)}
        for name, path in PATHS.items():
            times = []
            for _ in range(ROUNDS):
                began = time.perf_counter()
                async with client.get(f"/v1/orgs/{org.id}{path.format(**spans)}") as answer:
                    await answer.read()
                times.append((time.perf_counter() - began) * 1000)
            times.sort()
            shown = (times[len(times) * part // 100] for part in (50, 95))
            print(f"{name:36} median {next(shown):8.1f} ms   p95 {next(shown):8.1f} ms")


def main() -> None:
    end_on_sigterm()
    configure_logs("warning")
    sessions = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    days = int(sys.argv[2]) if len(sys.argv) > 2 else 365
    with tempfile.TemporaryDirectory(prefix="aldea-overview-") as folder:
        server = LocalPostgres(Path(folder) / "server")
        server.start()
        try:
            url = asyncio.run(server.create_database("overview"))
            asyncio.run(measure(url, sessions, days))
        finally:
            server.stop()


if __name__ == "__main__":
    main()
