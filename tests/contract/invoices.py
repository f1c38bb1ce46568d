"""What every `Invoices` promises."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tests.contract.plans import GOLD, JANUARY
from tests.contract.values import NOW, ORG, OTHER_ORG, after, record

from aldea_core.domain.access.limits import SessionKind
from aldea_core.domain.billing.charges import Usage
from aldea_core.domain.billing.invoices import InvoiceFilter, InvoiceStatus, NotNow, drafted
from aldea_core.domain.billing.months import Month
from aldea_core.domain.billing.payments import Requested
from aldea_core.domain.billing.profiles import BillingProfile, InvoiceTerms
from aldea_core.domain.errors import NotFound
from aldea_core.domain.ids import InvoiceId
from aldea_core.domain.pages import NEWEST_FIRST, OLDEST_FIRST, Page


FEBRUARY = Month(2026, 2)
IN_FEBRUARY = datetime(2026, 2, 28, 23, 59, 59, tzinfo=UTC)


async def make(invoices, month=JANUARY, org=ORG, name="i1", plan=GOLD):
    """With every month at *plan*."""
    invoice = InvoiceId(name)

    def draft(unbilled):
        months = {month, *(usage.month for usage in unbilled.usage)}
        return drafted(invoice, org, month, unbilled, dict.fromkeys(months, plan), at=NOW)

    return await invoices.make(invoice, org, month, draft)


async def open_ms(invoices, month=FEBRUARY, org=ORG) -> int:
    return sum(usage.audio_ms for usage in (await invoices.unbilled(org, month)).usage)


class InvoicesContract:
    """Subclasses give fixtures of one store: `invoices` and `ledger`, both empty."""

    async def test_usage_is_added_up_by_month_kind_and_model(self, invoices, ledger):
        """
        With its sessions; silent ones and those of other orgs are left out.
        """
        await ledger.record(
            [
                record("a", audio_ms=1000),
                record("b", audio_ms=200),
                record("c", audio_ms=30, kind=SessionKind.FILE, model="large"),
                record("d", audio_ms=4, started=IN_FEBRUARY),
                record("e", audio_ms=0),
                record("f", audio_ms=99, org=OTHER_ORG),
            ],
        )
        january = [
            Usage(JANUARY, SessionKind.FILE, "large", 30, 1),
            Usage(JANUARY, SessionKind.LIVE, "memory", 1200, 2),
        ]

        assert list(await invoices.used(ORG, JANUARY)) == january
        assert list((await invoices.unbilled(ORG, JANUARY)).usage) == january
        assert await open_ms(invoices, FEBRUARY) == 1234

    async def test_unbilled_audio_of_all_orgs(self, invoices, ledger):
        """
        Of sessions that began before a time; what is on an invoice is billed.
        """
        await ledger.record(
            [
                record("a", audio_ms=10),
                record("b", audio_ms=200, org=OTHER_ORG),
                record("c", audio_ms=3000, started=IN_FEBRUARY),
            ]
        )

        assert await invoices.unbilled_ms(before=JANUARY.begins) == 0
        assert await invoices.unbilled_ms(before=FEBRUARY.begins) == 210
        assert await invoices.unbilled_orgs(before=JANUARY.begins) == []
        assert await invoices.unbilled_orgs(before=FEBRUARY.begins) == sorted([ORG, OTHER_ORG])
        await make(invoices)
        assert await invoices.unbilled_orgs(before=FEBRUARY.begins) == [OTHER_ORG]
        assert await invoices.unbilled_ms(before=FEBRUARY.begins) == 200
        assert await invoices.unbilled_ms(before=FEBRUARY.ends) == 3200

    async def test_invoice_round_trips(self, invoices, ledger):
        """
        By its id and org.
        """
        await ledger.record([record("a"), record("b", kind=SessionKind.FILE, model="large")])
        made, new = await make(invoices)

        assert new
        assert made.lines
        assert await invoices.find(made.id) == made
        assert await invoices.invoice(ORG, made.id) == made
        assert await invoices.invoice(OTHER_ORG, made.id) is None
        assert await invoices.find(InvoiceId("none")) is None

    async def test_invoice_made_twice_is_one(self, invoices, ledger):
        """
        The first one, whatever was used since.
        """
        await ledger.record([record("a")])
        made, _ = await make(invoices)
        await ledger.record([record("b")])

        assert await make(invoices, name="i2") == (made, False)
        assert list(await invoices.invoices(InvoiceFilter(ORG))) == [made]

    async def test_usage_is_billed_once(self, invoices, ledger):
        """
        Late usage is on the next invoice.
        """
        await ledger.record([record("a", audio_ms=1000), record("n", org=OTHER_ORG)])
        await make(invoices)
        assert await open_ms(invoices) == 0
        await ledger.record([record("a", audio_ms=1000), record("late", audio_ms=50)])

        made, _ = await make(invoices, FEBRUARY, name="i2")

        assert [(line.month, line.audio_ms) for line in made.lines if line.audio_ms] == [
            (JANUARY, 50),
        ]
        assert await open_ms(invoices) == 0
        assert await open_ms(invoices, org=OTHER_ORG) == 10_000

    @pytest.mark.parametrize("final_ms", [1500, 700, 0])
    async def test_replaced_record_bills_the_difference(self, invoices, ledger, final_ms):
        """
        Positive or negative.
        """
        await ledger.record([record("a", audio_ms=1000, final=False)])
        await make(invoices)
        await ledger.record([record("a", audio_ms=final_ms)])
        assert await open_ms(invoices) == final_ms - 1000

        await make(invoices, FEBRUARY, name="i2")

        assert await open_ms(invoices) == 0

    async def test_included_minutes_are_counted_by_month(self, invoices, ledger):
        """
        Of invoices that are not void.
        """
        await ledger.record([record("a", audio_ms=1000)])
        await make(invoices)
        await ledger.record([record("b", audio_ms=200, started=IN_FEBRUARY)])
        await make(invoices, FEBRUARY, name="i2")

        included = (await invoices.unbilled(ORG, FEBRUARY)).included_ms
        assert {month: ms for month, ms in included.items() if ms} == {
            JANUARY: 1000,
            FEBRUARY: 200,
        }

    async def test_empty_draft_makes_no_invoice(self, invoices, ledger):
        """
        And marks no usage as billed.
        """
        await ledger.record([record("a", audio_ms=1000)])

        assert await invoices.make(InvoiceId("i"), ORG, JANUARY, lambda _: None) == (None, False)
        assert await open_ms(invoices) == 1000
        assert list(await invoices.invoices(InvoiceFilter(ORG))) == []
        assert (await make(invoices))[1]

    async def test_failed_draft_is_rolled_back(self, invoices, ledger):
        """
        Neither an invoice nor billed usage remains.
        """
        await ledger.record([record("a", audio_ms=1000)])

        def fail(_):
            raise NotFound("There is no such plan.")

        with pytest.raises(NotFound):
            await invoices.make(InvoiceId("i"), ORG, JANUARY, fail)

        assert await open_ms(invoices) == 1000
        assert list(await invoices.invoices(InvoiceFilter(ORG))) == []

    async def test_invoices_are_listed_newest_first(self, invoices):
        """
        Those before a month, at most as many as requested.
        """
        months = [Month(2026, number) for number in (1, 3, 2)]
        for n, month in enumerate(months):
            await make(invoices, month, name=f"i{n}")

        async def found(page=NEWEST_FIRST):
            return [
                invoice.month.number
                for invoice in await invoices.invoices(InvoiceFilter(ORG), page)
            ]

        assert await found() == [3, 2, 1]
        assert await found(Page(1, newest_first=True)) == [3]
        assert await found(OLDEST_FIRST) == [1, 2, 3]
        assert await invoices.invoices(InvoiceFilter(OTHER_ORG)) == []

    async def test_invoices_of_all_orgs_are_listed_newest_first(self, invoices):
        """
        By status, in pages, each once, also where several were made at the same time.
        """
        for name, org, month in (
            ("i1", ORG, JANUARY),
            ("i2", OTHER_ORG, JANUARY),
            ("i3", ORG, FEBRUARY),
        ):
            await make(invoices, month, org, name)
        await invoices.become(InvoiceId("i1"), InvoiceStatus.ISSUED, at=NOW)

        async def found(status=None, page=NEWEST_FIRST):
            which = InvoiceFilter(status=status)
            return [invoice.id for invoice in await invoices.invoices(which, page)]

        assert await found() == ["i3", "i2", "i1"]
        assert await found(InvoiceStatus.ISSUED) == ["i1"]
        assert await found(InvoiceStatus.DRAFT) == ["i3", "i2"]
        assert await found(InvoiceStatus.PAID) == []
        for skipped, last in enumerate(await invoices.invoices(), 1):
            page = Page(1, last.place, newest_first=True)
            assert await found(page=page) == (await found())[skipped : skipped + 1]

    async def test_issued_invoice_has_the_next_number(self, invoices):
        """
        Counted within a year without gaps; issuing it again changes nothing.
        """
        numbers = []
        for n, (org, at) in enumerate(
            [(ORG, NOW), (OTHER_ORG, after(1)), (ORG, NOW + timedelta(days=365))],
        ):
            made, _ = await make(invoices, Month(2026, n + 1), org, name=f"i{n}")
            issued = await invoices.become(made.id, InvoiceStatus.ISSUED, at=at)
            assert issued == await invoices.become(made.id, InvoiceStatus.ISSUED, at=after(9))
            assert (issued.issued, issued.status) == (at, InvoiceStatus.ISSUED)
            assert await invoices.find(made.id) == issued
            numbers.append(issued.number)

        assert numbers == ["2026-000001", "2026-000002", "2027-000001"]

    async def test_only_allowed_status_changes(self, invoices):
        """
        A draft cannot be paid, and a paid invoice cannot be void.
        """
        made, _ = await make(invoices)
        draft = InvoiceStatus.DRAFT
        assert await invoices.become(made.id, InvoiceStatus.PAID, at=NOW) == NotNow(draft)
        await invoices.become(made.id, InvoiceStatus.ISSUED, at=NOW)
        paid = await invoices.become(made.id, InvoiceStatus.PAID, at=after(5))

        assert (paid.status, paid.settled) == (InvoiceStatus.PAID, after(5))
        paid_already = await invoices.become(made.id, InvoiceStatus.VOID, at=NOW)
        assert paid_already == NotNow(InvoiceStatus.PAID)
        assert await invoices.find(made.id) == paid

    async def test_status_changes_from_the_expected_status_only(self, invoices):
        """
        A caller that knows a draft does not change an issued invoice; a repeated change
        succeeds.
        """
        made, _ = await make(invoices)
        draft, issued, void = InvoiceStatus.DRAFT, InvoiceStatus.ISSUED, InvoiceStatus.VOID
        assert await invoices.become(made.id, void, at=NOW, was=issued) == NotNow(draft)
        await invoices.become(made.id, issued, at=NOW, was=draft)

        assert await invoices.become(made.id, void, at=NOW, was=draft) == NotNow(issued)
        taken_back = await invoices.become(made.id, void, at=NOW, was=issued)
        assert taken_back.status is void
        assert await invoices.become(made.id, void, at=after(5), was=draft) == taken_back

    async def test_void_invoices_usage_is_billed_again(self, invoices, ledger):
        """
        By another invoice of that month, to the millisecond; other invoices' usage is not.
        """
        await ledger.record([record("a", audio_ms=1000, final=False), record("b", audio_ms=5)])
        await make(invoices)
        await ledger.record([record("a", audio_ms=1300)])
        second, _ = await make(invoices, FEBRUARY, name="i2")
        assert await open_ms(invoices) == 0

        void = await invoices.become(second.id, InvoiceStatus.VOID, at=NOW)

        assert void.status is InvoiceStatus.VOID
        assert await open_ms(invoices) == 300
        again, new = await make(invoices, FEBRUARY, name="i3")
        assert new
        assert again.total == second.total
        assert [i.id for i in await invoices.invoices(InvoiceFilter(ORG))][-1] == "i1"
        assert len(await invoices.invoices(InvoiceFilter(ORG))) == 3

    async def test_providers_url_is_kept(self, invoices):
        made, _ = await make(invoices)
        await invoices.requested(made.id, Requested("in_1", "https://pay.example/1"))

        found = await invoices.find(made.id)
        assert (found.reference, found.pay_url) == ("in_1", "https://pay.example/1")

    async def test_unknown_invoice_is_not_found(self, invoices):
        """
        By every method.
        """
        for work in (
            invoices.become(InvoiceId("none"), InvoiceStatus.ISSUED, at=NOW),
            invoices.requested(InvoiceId("none"), Requested("in_1")),
        ):
            with pytest.raises(NotFound):
                await work

    async def test_issued_invoice_keeps_its_terms(self, invoices, ledger):
        """
        Whom it is made out to, tax, and when it is due; what comes later changes nothing.
        """
        await ledger.record([record("s1", audio_ms=600_000)])
        made, _ = await make(invoices)
        terms = InvoiceTerms(BillingProfile("Acme S.L.", ("Bilbao",), "ES"), Decimal("7.75"), 30)
        issued = await invoices.become(made.id, InvoiceStatus.ISSUED, at=NOW, terms=terms)
        again = await invoices.become(made.id, InvoiceStatus.ISSUED, at=NOW, terms=InvoiceTerms())
        paid = await invoices.become(made.id, InvoiceStatus.PAID, at=NOW)

        assert made.terms == InvoiceTerms()
        assert issued == again
        assert await invoices.find(made.id) == paid
        assert issued.terms == paid.terms == terms
        assert issued.due == NOW + timedelta(days=30)
        assert issued.total == issued.subtotal + issued.tax
