"""The payment provider: it collects what issued invoices say."""

from abc import abstractmethod
from typing import Protocol

from aldea_core.domain.access.orgs import Org
from aldea_core.domain.billing.invoices import Invoice
from aldea_core.domain.billing.payments import Notice, Requested


class Payments(Protocol):
    """
    Collects money.

    - The same invoice may be requested any number of times; it is collected once.
    - A notice that nobody but the provider can have written is read, and no other.
    """

    @abstractmethod
    async def request(self, org: Org, invoice: Invoice) -> Requested | None:
        """
        Asks the provider to collect *invoice*; None if it is collected in other ways.

        Raises:
            Unavailable: The provider does not answer, or not in a way that helps.
        """
        ...

    @abstractmethod
    async def withdraw(self, org: Org | None, invoice: Invoice, *, is_paid: bool) -> bool:
        """
        Has *invoice* collected no more, whether it was ever requested, is being requested just
        now, or is withdrawn already. False if the provider has collected it.

        Args:
            org: Whose it is, if it is still there.
            is_paid: Whether it was paid in another way; else it is taken back.

        Raises:
            Unavailable: The provider does not answer, or not in a way that helps; withdrawing it
                again heals that.
        """
        ...

    @abstractmethod
    def read(self, body: bytes, signature: str) -> Notice | None:
        """
        What the provider tells; None if it is about nothing of ours.

        Args:
            signature: How it signed *body*.

        Raises:
            BadRequest: It is not signed by the provider, or not lately.
        """
        ...
