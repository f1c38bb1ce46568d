"""
Measures usage reports and invoices of an org with a million sessions.

    python -m benchmarks.billing [SESSIONS]
"""

import asyncio
import resource
import sys
import tempfile
import time

from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from adapters.local_servers.postgres import LocalPostgres
from adapters.postgres.accounts import SqlAccounts
from adapters.postgres.engine import connect
from adapters.postgres.invoices import SqlInvoices
from adapters.postgres.migrate import migrate
from adapters.postgres.reports import SqlUsageReports
from aldea_core.domain.access.orgs import Org
from aldea_core.domain.billing.charges import Unbilled
from aldea_core.domain.billing.invoices import Invoice, drafted
from aldea_core.domain.billing.months import Month
from aldea_core.domain.billing.reports import Grouping, Selection
from aldea_core.domain.ids import InvoiceId, OrgId
from aldea_core.domain.pages import Page
from aldea_core.use_cases.billing.group_usage import groups_of
from benchmarks.processes import end_on_sigterm


ORG = OrgId("org-of-many")
YEAR = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
OCTOBER = Month(2026, 10)
PART = 50_000

# Spread over the year, in no order, with a tenth as many sessions of other orgs in between.
FILL = """
INSERT INTO usage_records
  (session, org, key, kind, started, ended, audio_ms, channels, status, model, language, tags, final)
SELECT md5(n::text), CASE WHEN n % 11 = 0 THEN 'other-' || n % 1000 ELSE :org END,
  'key-' || n % 20, CASE WHEN n % 3 = 0 THEN 'file' ELSE 'live' END,
  at, at + interval '1 minute', CASE WHEN n % 50 = 0 THEN 0 ELSE 60000 + n % 1000 END, 1,
  CASE WHEN n % 50 = 0 THEN 503 ELSE 200 END, 'model-' || n % 3, 'en', '[]', true
FROM (
  SELECT n, timestamptz '2026-01-01+00' + (n::bigint * 7919 % 31536000) * interval '1 second' AS at
  FROM generate_series(CAST(:first AS int), CAST(:last AS int)) AS n
) AS numbers
"""


async def measure(url: str, sessions: int) -> None:
    engine = connect(url)
    await migrate(engine)
    await SqlAccounts(engine).add_org(Org(ORG, "Many", YEAR[0]))
    for first in range(1, sessions * 11 // 10 + 1, PART):
        part = {"org": ORG, "first": first, "last": min(first + PART - 1, sessions * 11 // 10)}
        async with engine.begin() as connection:
            await connection.execute(sa.text(FILL), part)
    async with engine.connect() as connection:
        options = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await options.exec_driver_sql("VACUUM ANALYZE usage_records")
    reports, invoices = SqlUsageReports(engine), SqlInvoices(engine)
    year, month = Selection(ORG, *YEAR), Selection(ORG, OCTOBER.begins, OCTOBER.ends)
    last = (await reports.page(year, Page(1, newest_first=True, skip=sessions // 2)))[0]

    async def csv() -> int:
        return sum([len(part) async for part in reports.stream(year)])

    for name, work in {
        "totals of a month": lambda: reports.totals(month),
        "totals of the year": lambda: reports.totals(year),
        "days of the month": lambda: groups_of(reports, month, Grouping.DAY),
        "hours of the month": lambda: groups_of(reports, month, Grouping.HOUR),
        "days of the year": lambda: groups_of(reports, year, Grouping.DAY),
        "keys, of the year": lambda: groups_of(reports, year, Grouping.KEY),
        "the newest 100 requests": lambda: reports.page(year, Page(100, newest_first=True)),
        "100 requests in the middle": lambda: reports.page(
            year, Page(100, last.place, newest_first=True)
        ),
        "charges so far, nothing billed yet": lambda: invoices.unbilled(ORG, OCTOBER),
        "all requests, streamed": csv,
    }.items():
        times = []
        for _ in range(1 if work is csv else 5):
            began = time.perf_counter()
            await work()
            times.append(time.perf_counter() - began)
        print(f"{name:40} {sorted(times)[len(times) // 2] * 1000:10,.1f} ms")
    plan = await standard(engine)

    def draft(invoice: InvoiceId, month: Month):
        def made(unbilled: Unbilled) -> Invoice | None:
            months = {month, *(usage.month for usage in unbilled.usage)}
            return drafted(invoice, ORG, month, unbilled, dict.fromkeys(months, plan), at=YEAR[1])

        return made

    for name, of in (("ten months at once", OCTOBER), ("one more month", OCTOBER.next)):
        began = time.perf_counter()
        made, _ = await invoices.make(InvoiceId(str(of)), ORG, of, draft(InvoiceId(str(of)), of))
        billed = sum(line.sessions for line in made.lines) if made else 0
        took = (time.perf_counter() - began) * 1000
        print(f"{f'invoice: {name} ({billed:,} sessions)':40} {took:10,.1f} ms")
    began = time.perf_counter()
    await invoices.unbilled(ORG, OCTOBER.next.next)
    print(
        f"{'charges so far, the rest billed':40} {(time.perf_counter() - began) * 1000:10,.1f} ms"
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{'most memory of this process':40} {peak:10,.0f} MB")
    await engine.dispose()


async def standard(engine):
    from adapters.postgres.plans import SqlPlans

    return (await SqlPlans(engine).plans())[0]


def main() -> None:
    end_on_sigterm()
    sessions = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory(prefix="aldea-bench-") as folder:
        server = LocalPostgres(Path(folder) / "server", options=("fsync=off",))
        server.start()
        try:
            url = asyncio.run(server.create_database("bench"))
            print(f"An org with {sessions:,} sessions in a year:")
            asyncio.run(measure(url, sessions))
        finally:
            server.stop()


if __name__ == "__main__":
    main()
