"""Billing's contract suites on a database; subclasses give the fixture `database`."""

import uuid

from datetime import UTC, datetime, timedelta

import attrs
import pytest
import sqlalchemy as sa

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.contract.accounts import ACME
from tests.contract.billing_profiles import BillingProfilesContract
from tests.contract.credit_notes import CreditNotesContract
from tests.contract.invoices import InvoicesContract, make
from tests.contract.plans import GOLD, JANUARY, PlansContract
from tests.contract.refusals import RefusalLedgerContract
from tests.contract.reports import ALL, DAY, UsageReportsContract
from tests.contract.values import NOW, ORG, record
from tests.servers.ledgers import sessions_of

from adapters.memory.invoices import MemoryInvoices
from adapters.memory.reports import MemoryUsageReports
from adapters.memory.usage import MemoryUsageLedger
from adapters.postgres import usage_rollup
from adapters.postgres.accounts import SqlAccounts
from adapters.postgres.billing_profiles import SqlBillingProfiles
from adapters.postgres.changes import SqlOrgChanges
from adapters.postgres.credit_notes import SqlCreditNotes
from adapters.postgres.invoices import SqlInvoices
from adapters.postgres.migrate import drift, refill_rollup
from adapters.postgres.org_pages import SqlOrgPages
from adapters.postgres.plans import SqlPlans
from adapters.postgres.refusals import SqlRefusalLedger
from adapters.postgres.reports import SqlUsageReports
from adapters.postgres.transaction import SqlTransaction
from adapters.postgres.usage import SqlUsageLedger
from aldea_core.domain.access.limits import SessionKind
from aldea_core.domain.access.spending_cap import Cap
from aldea_core.domain.billing.invoices import InvoiceFilter, InvoiceStatus
from aldea_core.domain.billing.months import Month
from aldea_core.domain.billing.plans import STANDARD, Subscription
from aldea_core.domain.billing.reports import Grouping, Selection, Totals, time_zone, totals_of
from aldea_core.domain.ids import OrgId
from aldea_core.use_cases.billing.group_usage import groups_of


MONTHS = [Month(2025, 12), Month(2026, 1), Month(2026, 2), Month(2026, 3)]
# What happens to an org's usage: which step, of which session or month, with how much audio.
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["record", "record", "record", "bill", "void"]),
        st.integers(0, 11),
        st.sampled_from([0, 700, 61_000, 3_600_000]),
        st.booleans(),
    ),
    max_size=10,
)


class SqlPlansContract(PlansContract):
    @pytest.fixture
    def accounts(self, database):
        return SqlAccounts(database)

    @pytest.fixture
    def changes(self, database):
        return SqlOrgChanges(database)

    @pytest.fixture
    def plans(self, database):
        return SqlPlans(database)

    @pytest.mark.parametrize("plan", [GOLD.id, STANDARD])
    async def test_subscriptions_outlive_an_org_that_is_deleted_in_sql(
        self, plans, accounts, database, plan
    ):
        """
        As an older version of the backend does, or a person. Also if it is there once more.
        """
        await plans.add(GOLD)
        for each in (GOLD.id, plan):
            await accounts.add_org(ACME)
            await plans.subscribe(ORG, Subscription(JANUARY, each))
            async with database.begin() as connection:
                await connection.exec_driver_sql("DELETE FROM orgs")

        assert await plans.subscriptions(ORG) == [Subscription(JANUARY, plan)]

    async def test_pages_include_plans_and_caps(self, plans, accounts, database):
        """
        As single snapshots do.
        """
        await accounts.add_org(ACME)
        await plans.add(GOLD)
        await plans.subscribe(ORG, Subscription(JANUARY, GOLD.id))
        await plans.set_cap(ORG, Cap(5000, 777))

        (page,) = await SqlOrgPages(database).snapshots(None, 10, at=NOW)

        assert page == await accounts.snapshot(ORG, at=NOW)


class SqlInvoicesContract(InvoicesContract):
    @pytest.fixture
    def ledger(self, database):
        return SqlUsageLedger(database)

    @pytest.fixture
    def invoices(self, database):
        return SqlInvoices(database)

    async def test_unbilled_usage_is_read_within_a_change_of_the_caller(
        self, database, invoices, ledger
    ):
        """
        In the caller's transaction, which a connection of its own would wait for on SQLite.
        """
        month = Month.of(NOW)
        async with SqlTransaction(database).about("org"):
            await ledger.record([record("a", started=NOW, audio_ms=60_000)])
            found = await invoices.unbilled(ORG, month)

        assert [usage.audio_ms for usage in found.usage] == [60_000]

    @given(steps=STEPS)
    @example([("record", 0, 700, True), ("bill", 0, 0, True), ("record", 4, 700, True)])
    @example(
        [
            ("record", 2, 700, False),
            ("bill", 1, 0, True),
            ("bill", 2, 0, True),
            ("void", 0, 0, True),
        ]
    )
    @example([("record", 0, 700, False), ("bill", 1, 0, True), ("record", 0, 61_000, True)])
    @example([("record", 0, 700, False), *[("bill", 0, 0, False), ("void", 0, 0, False)] * 2])
    @settings(
        max_examples=8,
        suppress_health_check=[
            HealthCheck.function_scoped_fixture,
            HealthCheck.differing_executors,
        ],
    )
    async def test_sums_agree_with_the_records(self, invoices, ledger, steps):
        """
        What is used and unbilled, in any order of records, corrections, invoices and void ones; each
        example is an org of its own.
        """
        org, memory = OrgId(str(uuid.uuid4())), MemoryUsageLedger()
        right = MemoryInvoices(memory)
        for number, (step, session, audio_ms, is_final) in enumerate(steps):
            month = MONTHS[session % len(MONTHS)]
            if step == "record":
                used = record(
                    f"{org[:8]}-{session}",
                    org=org,
                    started=month.ends - timedelta(microseconds=1) if session % 2 else month.begins,
                    ended=NOW + timedelta(seconds=number),
                    kind=SessionKind.FILE if session % 3 else SessionKind.LIVE,
                    model=f"m{session % 2}",
                    audio_ms=audio_ms,
                    final=is_final,
                )
                for each in (ledger, memory):
                    await each.record([used])
                continue
            for each in (invoices, right):
                if step == "bill":
                    await make(each, month, org, f"{org[:8]}-{number}")
                elif made := await each.invoices(InvoiceFilter(org)):
                    await each.become(made[0].id, InvoiceStatus.VOID, at=NOW)

        for month in MONTHS:
            found, expected = await invoices.unbilled(org, month), await right.unbilled(org, month)
            assert list(found.usage) == list(expected.usage)
            assert {m: ms for m, ms in found.included_ms.items() if ms} == {
                m: ms for m, ms in expected.included_ms.items() if ms
            }
            assert list(await invoices.used(org, month)) == list(await right.used(org, month))


class SqlRefusalLedgerContract(RefusalLedgerContract):
    @pytest.fixture
    def refusals(self, database):
        return SqlRefusalLedger(database)


async def rollup_differences(database) -> list:
    async with database.connect() as connection:
        return await connection.run_sync(usage_rollup.differences)


class SqlUsageReportsContract(UsageReportsContract):
    @pytest.fixture
    def ledger(self, database):
        return SqlUsageLedger(database)

    @pytest.fixture
    def reports(self, database):
        return SqlUsageReports(database)

    async def test_rollup_follows_every_change(self, reports, ledger, database):
        """
        Checkpoints that final records replace, late records, repetitions, and changes by hand.
        """
        await ledger.record([record("a", final=False, audio_ms=3000, status=0), record("late")])
        await ledger.record([record("a", audio_ms=4000), record("b", started=NOW - DAY)])
        await ledger.record([record("a", audio_ms=9000)])
        assert await reports.totals(ALL) == sum(
            (totals_of(one) for one in await sessions_of(ledger, ORG)), Totals()
        )
        assert await rollup_differences(database) == []

        for change in (
            "UPDATE usage_records SET audio_ms = 0, model = 'other' WHERE session = 'a'",
            "UPDATE usage_records SET billed_ms = 7",
            """UPDATE usage_records SET tags = '["by hand"]' WHERE session = 'b'""",
            "DELETE FROM usage_records WHERE session = 'late'",
        ):
            async with database.begin() as connection:
                await connection.execute(sa.text(change))
            assert await rollup_differences(database) == []
        assert (await reports.totals(ALL)).sessions == 2
        assert {group.name for group in await groups_of(reports, ALL, Grouping.MODEL)} == {
            "other",
            record().model,
        }

    @pytest.mark.parametrize("table", [one.table for one in usage_rollup.ALL])
    async def test_wrong_rollup_is_a_difference_until_it_is_computed_anew(
        self, ledger, database, table
    ):
        """
        One that lacks a session, and one that has too much.
        """
        await ledger.record([record("a"), record("b", status=1011)])
        async with database.begin() as connection:
            for change in (
                f"UPDATE {table} SET audio_ms = audio_ms + 1 WHERE status = 1011",
                f"DELETE FROM {table} WHERE status <> 1011 AND unit = 'day'",
            ):
                await connection.execute(sa.text(change))

        kinds = [found[0] for found in await drift(database)]
        assert kinds == ["missing_rollup"] * 3 + ["wrong_rollup"] * 2
        await refill_rollup(database)

        assert await drift(database) == []

    async def test_whole_days_by_tag_are_read_from_the_rollup(self, reports, ledger, database):
        """
        Also of lists of tags that are too long for an index; other spans are read from the ledger.
        """
        many = tuple(f"{n} {'x' * 100}" for n in range(100))
        await ledger.record([record("a", tags=many, audio_ms=1), record("b", tags=("y",))])
        assert await rollup_differences(database) == []
        async with database.begin() as connection:
            await connection.execute(sa.text("UPDATE usage_tag_rollup SET audio_ms = audio_ms + 6"))

        groups = await groups_of(reports, ALL, Grouping.TAG)
        assert {one.totals.audio_ms for one in groups if one.name in many} == {7}
        assert (await reports.totals(attrs.evolve(ALL, tag=many[9]))).audio_ms == 7
        part = attrs.evolve(ALL, since=NOW, until=NOW + DAY / 2, tag=many[9])
        assert (await reports.totals(part)).audio_ms == 1

    @pytest.mark.parametrize(
        ("grouping", "zone"),
        [
            (Grouping.HOUR, "Europe/Madrid"),
            (Grouping.DAY, "Asia/Kathmandu"),
            (Grouping.DAY, "America/New_York"),
            (Grouping.WEEK, "Europe/Madrid"),
            (Grouping.MONTH, "Asia/Tokyo"),
            (Grouping.MONTH, "UTC"),
            (Grouping.MODEL, "UTC"),
            (Grouping.TAG, "UTC"),
        ],
    )
    async def test_reports_of_any_span_agree_with_the_records(
        self, reports, ledger, grouping, zone
    ):
        """
        Spans of whole days, with parts of days at their ends, within a day, and of no time.
        """
        start, zone = datetime(2026, 3, 27, 22, 50, tzinfo=UTC), time_zone(zone)
        records = [
            record(
                f"s{n}",
                started=start + timedelta(minutes=85 * n),
                audio_ms=n % 4 * 500,
                model=f"m{n % 3}",
                tags=(f"t{n % 2}",),
            )
            for n in range(90)
        ]
        memory = MemoryUsageLedger()
        right = MemoryUsageReports(memory)
        for each in (ledger, memory):
            await each.record(records)
        midnight = start.replace(hour=0, minute=0)
        for since, until in (
            (midnight, midnight + 9 * DAY),
            (start, start + timedelta(days=4, minutes=7)),
            (midnight + DAY, start + 3 * DAY),
            (start, midnight + DAY),
            (start, start + timedelta(hours=3)),
            (start, start),
        ):
            for more in ({}, {"failed": True, "model": "m1"}, {"failed": False}, {"tag": "t0"}):
                span = Selection(ORG, since, until, **more)
                assert await reports.totals(span) == await right.totals(span)
                groups = await groups_of(reports, span, grouping, zone=zone)
                assert list(groups) == list(await groups_of(right, span, grouping, zone=zone))
            cells = await reports.cells(span, (grouping, Grouping.KEY), zone=zone)
            expected = await right.cells(span, (grouping, Grouping.KEY), zone=zone)
            assert list(cells) == list(expected)


class SqlBillingProfilesContract(BillingProfilesContract):
    @pytest.fixture
    def accounts(self, database):
        return SqlAccounts(database)

    @pytest.fixture
    def billing_profiles(self, database):
        return SqlBillingProfiles(database)


class SqlCreditNotesContract(CreditNotesContract):
    @pytest.fixture
    def credit_notes(self, database):
        return SqlCreditNotes(database)
