"""What every `CreditNotes` promises."""

from datetime import timedelta
from decimal import Decimal

from tests.contract.values import NOW, ORG, OTHER_ORG

from aldea_core.domain.billing.credit_notes import CreditNote, NotCreditable
from aldea_core.domain.ids import CreditNoteId, InvoiceId


INVOICE = InvoiceId("i1")


def note(name: str, amount: int = 100, **more) -> CreditNote:
    values = {"org": ORG, "invoice": INVOICE, "issued": NOW, **more}
    return CreditNote(
        CreditNoteId(name),
        invoice_number="2026-000001",
        currency="EUR",
        amount=amount,
        tax_rate=Decimal("7.75"),
        reason="Outage",
        credited_before=50,
        **values,
    )


class CreditNotesContract:
    """Subclasses give the fixture `credit_notes`, which is empty."""

    async def make(self, credit_notes, name: str, **more):
        return await credit_notes.make(INVOICE, lambda credited: note(name, 100 + credited, **more))

    async def test_numbers_are_consecutive_within_a_year(self, credit_notes):
        """
        One that was refused has none, and leaves no gap.
        """
        refused = NotCreditable("Nothing is left.")
        numbers = []
        for n in range(3):
            assert await credit_notes.make(INVOICE, lambda _: refused) == refused
            later = NOW + timedelta(days=200 * n)
            made = await self.make(credit_notes, f"n{n}", issued=later)
            assert await credit_notes.find(ORG, made.id) == made
            numbers.append(made.number)

        assert numbers == ["CN-2026-000001", "CN-2026-000002", "CN-2027-000001"]

    async def test_what_was_credited_before_is_known(self, credit_notes):
        """
        Of the same invoice.
        """
        made = [await self.make(credit_notes, name) for name in "abc"]
        other = await credit_notes.make(
            InvoiceId("i2"),
            lambda credited: note("d", 1 + credited, org=OTHER_ORG, invoice=InvoiceId("i2")),
        )

        assert [each.amount for each in made] == [100, 200, 400]
        assert other.amount == 1
        invoices = (INVOICE, InvoiceId("i2"), InvoiceId("i3"))
        assert [await credit_notes.credited(one) for one in invoices] == [700, 1, 0]

    async def test_pages_are_newest_first_and_of_one_org(self, credit_notes):
        for name in "abc":
            await self.make(credit_notes, name)
        await self.make(credit_notes, "z", org=OTHER_ORG)

        first = await credit_notes.of_org(ORG, limit=2)
        rest = await credit_notes.of_org(ORG, before=first[-1].number)

        assert [each.id for each in (*first, *rest)] == ["c", "b", "a"]
        assert await credit_notes.find(OTHER_ORG, CreditNoteId("a")) is None
