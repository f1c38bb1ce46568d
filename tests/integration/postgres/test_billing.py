"""The database adapters keep billing's promises on PostgreSQL, also under concurrency."""

import asyncio

from tests.contract.invoices import make
from tests.contract.plans import JANUARY
from tests.contract.reports import ALL
from tests.contract.sql_billing import (
    SqlBillingProfilesContract,
    SqlCreditNotesContract,
    SqlInvoicesContract,
    SqlPlansContract,
    SqlUsageReportsContract,
    rollup_differences,
)
from tests.contract.values import NOW, ORG, OTHER_ORG, record
from tests.servers.ledgers import sessions_of

from aldea_core.domain.billing.invoices import InvoiceFilter, InvoiceStatus


class TestPostgresPlans(SqlPlansContract):
    pass


class TestPostgresUsageReports(SqlUsageReportsContract):
    async def test_rollup_is_right_after_racing_writers(self, reports, ledger, database):
        """
        Batches of the same sessions in any order, as checkpoints and final, of two orgs.
        """
        batches = [
            [
                record(
                    f"s{n}",
                    org=ORG if n % 3 else OTHER_ORG,
                    audio_ms=100 * n,
                    final=is_final,
                    status=1000 if is_final else 0,
                    model=f"m{n % 5}",
                )
                for n in numbers
            ]
            for numbers in (range(40), range(39, -1, -1), range(0, 80, 2), range(79, 20, -3))
            for is_final in (False, True)
        ]

        await asyncio.gather(*(ledger.record(batch) for batch in batches * 2))

        assert await rollup_differences(database) == []
        assert (await reports.totals(ALL)).sessions == len(await sessions_of(ledger, ORG))


class TestPostgresInvoices(SqlInvoicesContract):
    async def test_concurrent_invoices_are_one(self, invoices, ledger):
        """
        The second caller gets the first one's; every second is billed once.
        """
        await ledger.record([record(f"s{n}", audio_ms=1000 + n) for n in range(200)])

        made = await asyncio.gather(*(make(invoices, name=f"i{n}") for n in range(8)))

        assert sum(new for _, new in made) == 1
        assert len({invoice.id for invoice, _ in made}) == 1
        assert len(await invoices.invoices(InvoiceFilter(ORG))) == 1
        assert sum(line.audio_ms for line in made[0][0].lines) == sum(range(1000, 1200))

    async def test_usage_recorded_meanwhile_is_on_one_invoice(self, invoices, ledger):
        """
        This one or the next.
        """
        await ledger.record([record(f"s{n}", audio_ms=100) for n in range(100)])

        async def write() -> None:
            for n in range(100, 200):
                await ledger.record([record(f"s{n}", audio_ms=100)])

        writing = asyncio.create_task(write())
        first, _ = await make(invoices)
        await writing
        second, _ = await make(invoices, JANUARY.next, name="i2")

        billed = [line.audio_ms for made in (first, second) for line in made.lines]
        assert sum(billed) == 200 * 100

    async def test_concurrent_invoice_numbers_are_unique(self, invoices):
        """
        Without a gap.
        """
        made = [(await make(invoices, JANUARY, org, name=org))[0] for org in (ORG, OTHER_ORG)]

        issued = await asyncio.gather(
            *(invoices.become(one.id, InvoiceStatus.ISSUED, at=NOW) for one in made),
        )

        assert {one.number for one in issued} == {"2026-000001", "2026-000002"}


class TestPostgresBillingProfiles(SqlBillingProfilesContract):
    pass


class TestPostgresCreditNotes(SqlCreditNotesContract):
    pass
