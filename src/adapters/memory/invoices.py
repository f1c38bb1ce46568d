"""Invoices, in memory."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import final

import attrs

from typing_extensions import override

from adapters.memory.usage import MemoryUsageLedger
from aldea_core.domain.access.limits import SessionKind
from aldea_core.domain.billing.charges import Unbilled, Usage
from aldea_core.domain.billing.invoices import (
    EVERY_INVOICE,
    Invoice,
    InvoiceFilter,
    InvoicePlace,
    InvoiceStatus,
    NotNow,
    may_become,
)
from aldea_core.domain.billing.months import Month
from aldea_core.domain.billing.payments import Requested
from aldea_core.domain.billing.profiles import InvoiceTerms
from aldea_core.domain.billing.usage import UsageRecord
from aldea_core.domain.errors import NotFound
from aldea_core.domain.ids import InvoiceId, OrgId, SessionId
from aldea_core.domain.pages import NEWEST_FIRST, Page
from aldea_core.ports.invoices import Draft, Invoices


@final
@attrs.define(slots=False)
class MemoryInvoices(Invoices):
    ledger: MemoryUsageLedger
    _invoices: dict[InvoiceId, Invoice] = attrs.field(factory=dict, init=False, repr=False)
    _billed: dict[InvoiceId, dict[SessionId, int]] = attrs.field(
        factory=dict, init=False, repr=False
    )
    _numbers: dict[int, int] = attrs.field(factory=dict, init=False, repr=False)

    @override
    async def make(
        self, invoice: InvoiceId, org: OrgId, month: Month, draft: Draft
    ) -> tuple[Invoice | None, bool]:
        for known in self._not_void(org):
            if known.month == month:
                return known, False
        made = draft(await self.unbilled(org, month))
        if made is None:
            return None, False
        self._billed[invoice] = {
            record.session: audio_ms for record, audio_ms in self._open(org, month)
        }
        self._invoices[invoice] = made
        return made, True

    @override
    async def used(self, org: OrgId, month: Month) -> Sequence[Usage]:
        return _added_up(
            [
                (record, record.audio_ms)
                for record in self.ledger.all()
                if record.org == org and Month.of(record.started) == month and record.audio_ms
            ],
        )

    @override
    async def unbilled(self, org: OrgId, month: Month) -> Unbilled:
        included: Counter[Month] = Counter()
        for invoice in self._not_void(org):
            for line in invoice.lines:
                included[line.month] += line.included_ms
        return Unbilled(_added_up(self._open(org, month)), included)

    @override
    async def unbilled_ms(self, *, before: datetime) -> int:
        return sum(audio_ms for _, audio_ms in self._unbilled(before))

    @override
    async def unbilled_orgs(self, *, before: datetime) -> Sequence[OrgId]:
        return sorted({record.org for record, _ in self._unbilled(before)})

    @override
    async def invoice(self, org: OrgId, invoice: InvoiceId) -> Invoice | None:
        found = await self.find(invoice)
        return found if found is not None and found.org == org else None

    @override
    async def find(self, invoice: InvoiceId) -> Invoice | None:
        return self._invoices.get(invoice)

    @override
    async def invoices(
        self, which: InvoiceFilter = EVERY_INVOICE, page: Page[InvoicePlace] = NEWEST_FIRST
    ) -> Sequence[Invoice]:
        found = filter(which.matches, self._invoices.values())
        return page.of(found, lambda invoice: invoice.place)

    @override
    async def become(
        self,
        invoice: InvoiceId,
        status: InvoiceStatus,
        *,
        at: datetime,
        was: InvoiceStatus | None = None,
        terms: InvoiceTerms | None = None,
    ) -> Invoice | NotNow:
        known = self._known(invoice)
        if known.status is status:
            return known
        if not may_become(known.status, status, was=was):
            return NotNow(known.status)
        if status is InvoiceStatus.ISSUED:
            self._numbers[at.year] = self._numbers.get(at.year, 0) + 1
            number = f"{at.year}-{self._numbers[at.year]:06}"
            changed = known.issued_at(at, number, terms)
        else:
            changed = attrs.evolve(known, status=status, settled=at)
        if status is InvoiceStatus.VOID:
            del self._billed[invoice]
        self._invoices[invoice] = changed
        return changed

    @override
    async def requested(self, invoice: InvoiceId, requested: Requested) -> None:
        self._invoices[invoice] = attrs.evolve(
            self._known(invoice),
            reference=requested.reference,
            pay_url=requested.pay_url,
        )

    def _known(self, invoice: InvoiceId) -> Invoice:
        if invoice not in self._invoices:
            raise NotFound("There is no such invoice.")
        return self._invoices[invoice]

    def _not_void(self, org: OrgId) -> Sequence[Invoice]:
        return [
            invoice
            for invoice in self._invoices.values()
            if invoice.org == org and invoice.status is not InvoiceStatus.VOID
        ]

    def _open(self, org: OrgId, month: Month) -> Sequence[tuple[UsageRecord, int]]:
        return [found for found in self._unbilled(month.ends) if found[0].org == org]

    def _unbilled(self, before: datetime) -> Sequence[tuple[UsageRecord, int]]:
        billed: Counter[SessionId] = Counter()
        for sessions in self._billed.values():
            billed.update(sessions)
        return [
            (record, record.audio_ms - billed[record.session])
            for record in self.ledger.all()
            if record.started < before and record.audio_ms != billed[record.session]
        ]


def _added_up(records: Sequence[tuple[UsageRecord, int]]) -> list[Usage]:
    audio: Counter[tuple[Month, SessionKind, str]] = Counter()
    sessions: Counter[tuple[Month, SessionKind, str]] = Counter()
    for record, audio_ms in records:
        of = (Month.of(record.started), record.kind, record.model)
        audio[of] += audio_ms
        sessions[of] += 1
    return [Usage(*of, audio[of], sessions[of]) for of in sorted(audio)]
