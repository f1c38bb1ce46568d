"""Credit notes, in memory."""

from collections.abc import Sequence
from typing import final

import attrs

from typing_extensions import override

from aldea_core.domain.billing.credit_notes import CreditNote, NotCreditable
from aldea_core.domain.ids import CreditNoteId, InvoiceId, OrgId
from aldea_core.ports.credit_notes import CreditNotes, DraftNote


@final
@attrs.define(slots=False)
class MemoryCreditNotes(CreditNotes):
    _notes: dict[CreditNoteId, CreditNote] = attrs.field(factory=dict, init=False, repr=False)
    _numbers: dict[int, int] = attrs.field(factory=dict, init=False, repr=False)

    @override
    async def make(self, invoice: InvoiceId, draft: DraftNote) -> CreditNote | NotCreditable:
        note = draft(await self.credited(invoice))
        if isinstance(note, NotCreditable):
            return note
        year = note.issued.year
        self._numbers[year] = self._numbers.get(year, 0) + 1
        made = attrs.evolve(note, number=f"CN-{year}-{self._numbers[year]:06}")
        self._notes[made.id] = made
        return made

    @override
    async def credited(self, invoice: InvoiceId) -> int:
        return sum(note.amount for note in self._notes.values() if note.invoice == invoice)

    @override
    async def of_org(
        self, org: OrgId, *, before: str | None = None, limit: int = 100
    ) -> Sequence[CreditNote]:
        own = [
            note
            for note in self._notes.values()
            if note.org == org and (before is None or note.number < before)
        ]
        return sorted(own, key=lambda note: note.number, reverse=True)[:limit]

    @override
    async def find(self, org: OrgId, note: CreditNoteId) -> CreditNote | None:
        known = self._notes.get(note)
        return known if known is not None and known.org == org else None
