"""Invoices, and what of the ledger is on them."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol, TypeAlias

from aldea_core.domain.billing.charges import Unbilled, Usage
from aldea_core.domain.billing.invoices import Invoice, InvoiceStatus, NotNow
from aldea_core.domain.billing.months import Month
from aldea_core.domain.billing.payments import Requested
from aldea_core.domain.ids import InvoiceId, OrgId


Draft: TypeAlias = Callable[[Unbilled], Invoice | None]


class Invoices(Protocol):
    """
    Keeps invoices beside the ledger.

    - An org has one invoice for a month that is not void, however many make it at once.
    - Audio is on one invoice, or on none yet: what an invoice bills is marked as billed with it,
      together or not at all. If a session's record is replaced by one that says otherwise, the
      difference is on no invoice yet.
    """

    @abstractmethod
    async def make(
        self, invoice: InvoiceId, org: OrgId, month: Month, draft: Draft
    ) -> tuple[Invoice | None, bool]:
        """
        Makes what *draft* makes of everything unbilled until the end of *month*, as *invoice*.

        Returns:
            The invoice, the known one if there is one; and whether it was made now. None if
            *draft* made none.

        Raises:
            Unavailable: The store does not answer; nothing was made or marked.
        """
        ...

    @abstractmethod
    async def used(self, org: OrgId, month: Month) -> Sequence[Usage]:
        """All audio of a month, on invoices or not."""
        ...

    @abstractmethod
    async def unbilled(self, org: OrgId, month: Month) -> Unbilled:
        """What *make* would hand to its draft."""
        ...

    @abstractmethod
    async def invoice(self, org: OrgId, invoice: InvoiceId) -> Invoice | None: ...

    @abstractmethod
    async def find(self, invoice: InvoiceId) -> Invoice | None:
        """Whosever it is: for operators and the payment provider."""
        ...

    @abstractmethod
    async def invoices(
        self, org: OrgId, *, before: Month | None = None, limit: int = 100
    ) -> Sequence[Invoice]:
        """The org's invoices for months before *before*, newest first, void ones too."""
        ...

    @abstractmethod
    async def become(
        self,
        invoice: InvoiceId,
        status: InvoiceStatus,
        *,
        at: datetime,
        was: InvoiceStatus | None = None,
    ) -> Invoice | NotNow:
        """
        Gives *invoice* another status: a number when it is issued, counted up within a year; and
        when it becomes void, what it billed is unbilled again. If it is *status* already,
        nothing happens.

        Args:
            was: Only from this status.

        Raises:
            NotFound: There is no such invoice.
        """
        ...

    @abstractmethod
    async def requested(self, invoice: InvoiceId, requested: Requested) -> None:
        """Notes where the payment provider has it."""
        ...
