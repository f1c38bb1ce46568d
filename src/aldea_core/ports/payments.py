"""The payment provider, which collects issued invoices."""

from abc import abstractmethod
from typing import Protocol

from aldea_core.domain.billing.invoices import Invoice
from aldea_core.domain.billing.payments import Notice, Payer, Requested


class Payments(Protocol):
    """
    Collects payments.

    - Requests are idempotent: an invoice is collected once.
    - Only notices with the provider's valid signature are accepted.
    """

    @abstractmethod
    def collects(self, payer: Payer, invoice: Invoice) -> bool:
        """Whether the provider is asked to collect an invoice such as this one when it is issued."""

    @abstractmethod
    async def request(self, payer: Payer, invoice: Invoice) -> Requested | None:
        """
        Asks the provider to collect *invoice*; None if the org pays in another way.

        Raises:
            Unavailable: The provider does not answer, or answers with an error.
        """

    @abstractmethod
    async def withdraw(self, payer: Payer | None, invoice: Invoice, *, is_paid: bool) -> bool:
        """
        Stops the collection of *invoice*, even if it was never requested, is being requested
        concurrently, or is withdrawn already. False if the provider has collected it.

        Args:
            payer: None if the invoice's org is deleted.
            is_paid: Whether it was paid in another way; otherwise the invoice was cancelled.

        Raises:
            Unavailable: The provider does not answer, or answers with an error; the call may be
                repeated.
        """

    @abstractmethod
    def read(self, body: bytes, signature: str) -> Notice | None:
        """
        Parses a notice (webhook); None if it concerns no invoice of this deployment.

        Args:
            signature: The provider's signature of *body*.

        Raises:
            BadRequest: The signature is invalid or too old.
        """
