"""Invoices, and the part of the usage ledger that each invoice bills."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol, TypeAlias

from aldea_core.domain.billing.charges import Unbilled, Usage
from aldea_core.domain.billing.invoices import (
    EVERY_INVOICE,
    Invoice,
    InvoiceFilter,
    InvoicePlace,
    InvoiceStatus,
    NotNow,
)
from aldea_core.domain.billing.months import Month
from aldea_core.domain.billing.payments import Requested
from aldea_core.domain.billing.profiles import InvoiceTerms
from aldea_core.domain.ids import InvoiceId, OrgId
from aldea_core.domain.pages import NEWEST_FIRST, Page


Draft: TypeAlias = Callable[[Unbilled], Invoice | None]


class Invoices(Protocol):
    """
    Stores invoices beside the ledger.

    - An org has at most one invoice per month that is not void, even under concurrent calls.
    - Audio is billed at most once: one transaction stores the invoice and marks its usage as
      billed. If a corrected record later replaces a session's record, the difference is unbilled.
    """

    @abstractmethod
    async def make(
        self, invoice: InvoiceId, org: OrgId, month: Month, draft: Draft
    ) -> tuple[Invoice | None, bool]:
        """
        Creates an invoice with the id *invoice* from what *draft* returns for all usage unbilled
        until the end of *month*.

        Returns:
            The invoice and whether this call created it. The existing invoice, if the month has
            one; None if *draft* returned None.

        Raises:
            Unavailable: The store does not answer; nothing was created or marked.
        """

    @abstractmethod
    async def used(self, org: OrgId, month: Month) -> Sequence[Usage]:
        """All audio of a month, billed or not."""

    @abstractmethod
    async def unbilled(self, org: OrgId, month: Month) -> Unbilled:
        """What `make` would pass to its draft."""

    @abstractmethod
    async def unbilled_ms(self, *, before: datetime) -> int:
        """Audio of all orgs that is on no invoice, of sessions that began before *before*."""

    @abstractmethod
    async def unbilled_orgs(self, *, before: datetime) -> Sequence[OrgId]:
        """The orgs that `unbilled_ms` adds up, deleted ones among them."""

    @abstractmethod
    async def invoice(self, org: OrgId, invoice: InvoiceId) -> Invoice | None: ...

    @abstractmethod
    async def find(self, invoice: InvoiceId) -> Invoice | None:
        """The invoice of any org, for operators and the payment provider."""

    @abstractmethod
    async def invoices(
        self, which: InvoiceFilter = EVERY_INVOICE, page: Page[InvoicePlace] = NEWEST_FIRST
    ) -> Sequence[Invoice]:
        """Invoices by their places, void ones included."""

    @abstractmethod
    async def become(
        self,
        invoice: InvoiceId,
        status: InvoiceStatus,
        *,
        at: datetime,
        was: InvoiceStatus | None = None,
        terms: InvoiceTerms | None = None,
    ) -> Invoice | NotNow:
        """
        Changes the status of *invoice*; does nothing if it has that status already. An invoice gets
        its number when it is issued, consecutive within a year. The usage of an invoice that
        becomes void is unbilled again.

        Args:
            was: Changes only from this status, if given.
            terms: What an invoice that is issued keeps; None for what its draft has.

        Raises:
            NotFound: There is no such invoice.
        """

    @abstractmethod
    async def requested(self, invoice: InvoiceId, requested: Requested) -> None:
        """Stores the payment provider's reference to the invoice."""
