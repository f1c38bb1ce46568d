"""Making invoices: once, of all usage, late usage included."""

import asyncio

from datetime import datetime, timedelta
from decimal import Decimal

import attrs
import pytest

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.contract.values import record
from tests.servers.billing import IN_NOVEMBER, IN_OCTOBER, MINUTE, NOVEMBER, OCTOBER, BillingWorld

from aldea_core.domain.access.limits import SessionKind
from aldea_core.domain.billing.charges import LineKind
from aldea_core.domain.billing.invoices import InvoiceFilter
from aldea_core.domain.billing.months import Month
from aldea_core.domain.billing.overview import forecast
from aldea_core.domain.billing.plans import Price
from aldea_core.domain.billing.profiles import BillingProfile
from aldea_core.domain.billing.reports import Grouping, Selection, Totals
from aldea_core.domain.errors import BadRequest, NotFound
from aldea_core.domain.ids import OrgId, PlanId
from aldea_core.use_cases.billing.group_usage import groups_of
from aldea_core.use_cases.billing.make_invoices import due


async def test_charges_have_one_currency_as_the_invoice_has(world):
    """
    Late usage of a month whose plan was in another one is owed at the present plan's prices.
    """
    prices = tuple(Price(kind, Decimal(3)) for kind in SessionKind)
    yen = (await world.add_plan(PlanId("yen"), "Yen", "JPY", prices)).id
    org = await world.create_org("Acme")
    await world.use(org, "a", 1000)
    world.clock.at = IN_NOVEMBER
    await world.make_invoice(org.id, OCTOBER)
    await world.change_plan(org.id, yen)
    await world.use(org, "late", 5, started=IN_OCTOBER)
    await world.use(org, "b", 2)
    charges = await world.show_charges(org.id)
    unbilled = await world.invoices.unbilled(org.id, NOVEMBER)
    plans = (await world.find_plans(org.id)).of([OCTOBER, NOVEMBER])
    ahead = forecast(NOVEMBER, unbilled, plans, NOVEMBER.ends)
    world.clock.at = NOVEMBER.ends
    invoice, _ = await world.make_invoice(org.id, NOVEMBER)

    assert (invoice.currency, [line.amount for line in invoice.lines]) == ("JPY", [6, 15])
    assert charges.lines == invoice.lines
    assert ahead.amount == invoice.total


async def test_invoice_of_an_org_that_is_deleted_meanwhile_has_its_customer(world, deleting):
    """
    Else it would have no customer and no tax.
    """
    org = await world.create_org("Acme")
    profile = BillingProfile("Acme S.L.")
    await world.billing_profiles.set_profile(org.id, profile)
    await world.use(org, "a", 1000)
    world.clock.at = IN_NOVEMBER
    find_plans = attrs.evolve(world.find_plans, accounts=deleting)
    made, _ = await attrs.evolve(world.make_invoice, find_plans=find_plans)(org.id, OCTOBER)

    assert made.terms.customer == profile


async def test_invoice_made_twice_is_one(world):
    """
    The first one, whatever was used since.
    """
    org = await world.create_org("Acme")
    await world.use(org, "a", 1000)
    world.clock.at = IN_NOVEMBER

    made, new = await world.make_invoice(org.id, OCTOBER)
    await world.use(org, "late", 5, started=IN_OCTOBER)

    assert new
    assert made.total == 770
    assert await world.make_invoice(org.id, OCTOBER) == (made, False)


async def test_late_usage_is_a_line_of_the_next_invoice(world):
    """
    The line names its month.
    """
    org = await world.create_org("Acme")
    await world.use(org, "a", 1000)
    world.clock.at = IN_NOVEMBER
    await world.make_invoice(org.id, OCTOBER)
    await world.use(org, "late", 100, started=IN_OCTOBER)
    await world.use(org, "b", 200)
    world.clock.at = IN_NOVEMBER + timedelta(days=30)

    made, _ = await world.make_invoice(org.id, NOVEMBER)

    assert [(line.month, line.audio_ms, line.amount) for line in made.lines] == [
        (NOVEMBER, 200 * MINUTE, 154),
        (OCTOBER, 100 * MINUTE, 77),
    ]


async def test_running_month_is_refused(world):
    org = await world.create_org("Acme")
    with pytest.raises(BadRequest, match="October 2026 is not over"):
        await world.make_invoice(org.id, OCTOBER)
    with pytest.raises(NotFound):
        await world.make_invoice(OrgId("unknown"), Month(2026, 9))


async def test_invoices_of_all_orgs(world):
    """
    Of orgs that existed then; orgs without charges get none; a repetition makes none.
    """
    acme, idle = await world.create_org("Acme"), await world.create_org("Idle")
    await world.use(acme, "a", 1000)
    world.clock.at = IN_NOVEMBER
    await world.create_org("Later")

    made = [one async for one in world.make_invoices(OCTOBER)]
    again = [one async for one in world.make_invoices(OCTOBER)]

    assert {(one.org, one.invoice is not None, one.new) for one in made} == {
        (acme.id, True, True),
        (idle.id, False, False),
    }
    assert [one.new for one in again] == [False, False]


async def test_usage_after_an_invoice_makes_no_other_of_its_month(world):
    """
    Of an org that is there it goes to the next invoice; only a deleted one has none to come.
    """
    org = await world.create_org("Acme")
    await world.use(org, "a", 1000)
    world.clock.at = IN_NOVEMBER
    (first,) = [one async for one in world.make_invoices(OCTOBER)]
    await world.use(org, "late", 5, started=IN_OCTOBER)

    (again,) = [one async for one in world.make_invoices(OCTOBER)]

    assert (again.invoice, again.new) == (first.invoice, False)


async def test_invoices_of_more_orgs_than_a_page(world):
    """
    Each once; orgs that are deleted meanwhile come last, for what they used.
    """
    orgs = [await world.create_org(f"org {n}") for n in range(520)]
    for n, org in enumerate(orgs):
        await world.use(org, f"s{n}", 1000)
    world.clock.at = IN_NOVEMBER
    seen = []
    async for made in world.make_invoices(OCTOBER):
        seen.append(made.org)
        if len(seen) == 1:
            await world.accounts.remove_org(orgs[-1].id)
            await world.accounts.remove_org(orgs[1].id)

    deleted = {orgs[1].id, orgs[-1].id}
    assert set(seen[:-2]) == {org.id for org in orgs} - deleted
    assert set(seen[-2:]) == deleted
    assert len(seen) == len(orgs)


async def test_invoices_are_made_automatically(world):
    """
    Last month's, once late records had time to arrive; again a month later.
    """
    org = await world.create_org("Acme")
    await world.use(org, "a", 1000)
    assert await world.make_due_invoices() == 0
    world.clock.at = OCTOBER.ends + timedelta(hours=11)
    assert await world.make_due_invoices() == 0
    world.clock.at = OCTOBER.ends + timedelta(hours=13)

    assert await world.make_due_invoices() == 1
    assert await world.make_due_invoices() == 0
    world.clock.at = NOVEMBER.ends + timedelta(hours=13)
    await world.use(org, "b", 1000, started=NOVEMBER.begins)
    assert await world.make_due_invoices() == 1
    assert len(await world.invoices.invoices(InvoiceFilter(org.id))) == 2


async def test_current_charges_equal_the_later_invoice(world):
    """
    With late usage.
    """
    org = await world.create_org("Acme")
    await world.use(org, "a", 1000)
    charges = await world.show_charges(org.id)

    assert (charges.month, charges.total, charges.until) == (OCTOBER, 770, IN_OCTOBER)
    world.clock.at = IN_NOVEMBER
    await world.make_invoice(org.id, OCTOBER)
    await world.use(org, "late", 100, started=IN_OCTOBER)

    assert [line.month for line in (await world.show_charges(org.id)).lines] == [OCTOBER]


@pytest.mark.parametrize(
    ("at", "month"),
    [
        (datetime.fromisoformat("2026-11-01T11:59:59Z"), Month(2026, 9)),
        (datetime.fromisoformat("2026-11-01T12:00:00Z"), OCTOBER),
        (datetime.fromisoformat("2026-11-30T23:00:00Z"), OCTOBER),
    ],
)
def test_invoices_wait_half_a_day_for_late_records(at, month):
    """
    Half a day, before a month's invoices are due.
    """
    assert due(at) == month


SESSIONS = st.lists(
    st.tuples(
        st.integers(0, 60),  # days from the first of October
        st.sampled_from(SessionKind),
        st.sampled_from(["memory", "large"]),
        st.integers(0, 10**8),
        st.booleans(),
        st.integers(0, 2),  # after which invoice it comes
    ),
    max_size=25,
)


@settings(deadline=None, max_examples=60)
@given(SESSIONS)
def test_every_millisecond_is_billed_once(sessions):
    """
    For random usage in any order: invoices, ledger and reports agree month by month, and lines
    add up to the total.
    """

    async def run() -> None:
        world = BillingWorld()
        world.clock.at = OCTOBER.begins
        org = await world.create_org("Acme")
        records = [
            record(
                f"s{n}",
                org=org.id,
                started=OCTOBER.begins + timedelta(days=day),
                kind=kind,
                model=model,
                audio_ms=audio_ms,
                final=final,
            )
            for n, (day, kind, model, audio_ms, final, _) in enumerate(sessions)
        ]
        comes = [after for *_, after in sessions]
        world.clock.at = Month(2027, 1).begins
        invoices = []
        for n, month in enumerate((OCTOBER, NOVEMBER, NOVEMBER.next)):
            await world.ledger.record(
                [one for one, after in zip(records, comes, strict=True) if after == n],
            )
            invoices.append((await world.make_invoice(org.id, month))[0])

        made = [invoice for invoice in invoices if invoice is not None]
        lines = [line for invoice in made for line in invoice.lines]
        assert sum(invoice.total for invoice in made) == sum(line.amount for line in lines)
        for month in (OCTOBER, NOVEMBER):
            selection = Selection(org.id, month.begins, month.ends)
            report = await world.reports.totals(selection)
            for kind, reported in (
                (SessionKind.LIVE, report.live_ms),
                (SessionKind.FILE, report.file_ms),
            ):
                billed = [
                    line.audio_ms
                    for line in lines
                    if line.month == month and line.kind == LineKind(kind.value)
                ]
                in_ledger = [
                    one.audio_ms
                    for one in records
                    if one.kind is kind and Month.of(one.started) == month
                ]
                assert sum(billed) == sum(in_ledger) == reported
            for grouping in set(Grouping) - {Grouping.TAG}:
                groups = await groups_of(world.reports, selection, grouping)
                assert sum((group.totals for group in groups), Totals()) == report
        assert not (await world.invoices.unbilled(org.id, NOVEMBER)).usage

    asyncio.run(run())
