"""Credit notes."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias

from aldea_core.domain.billing.credit_notes import CreditNote, NotCreditable
from aldea_core.domain.ids import CreditNoteId, InvoiceId, OrgId


# Makes a credit note from what was credited of its invoice so far, without tax.
DraftNote: TypeAlias = Callable[[int], CreditNote | NotCreditable]


class CreditNotes(Protocol):
    """
    Stores credit notes.

    - Numbers are consecutive within a year: `CN-2026-000001`. Concurrent calls leave no gap.
    - Of concurrent calls for an invoice, each sees what the ones before have credited.
    """

    @abstractmethod
    async def make(self, invoice: InvoiceId, draft: DraftNote) -> CreditNote | NotCreditable:
        """Stores what *draft* returns, with the next number."""

    @abstractmethod
    async def credited(self, invoice: InvoiceId) -> int:
        """What the credit notes of *invoice* give back, without tax, in minor units."""

    @abstractmethod
    async def of_org(
        self, org: OrgId, *, before: str | None = None, limit: int = 100
    ) -> Sequence[CreditNote]:
        """The org's credit notes with numbers before *before*, newest first."""

    @abstractmethod
    async def find(self, org: OrgId, note: CreditNoteId) -> CreditNote | None: ...
