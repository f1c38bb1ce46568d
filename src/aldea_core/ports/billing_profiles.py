"""Billing profiles, billing terms and tax rates."""

from abc import abstractmethod
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from aldea_core.domain.billing.profiles import BillingProfile, BillingTerms, InvoiceTerms
from aldea_core.domain.ids import OrgId


class BillingProfiles(Protocol):
    """Stores them. What is not set is the default."""

    @abstractmethod
    async def profile(self, org: OrgId) -> BillingProfile: ...

    @abstractmethod
    async def set_profile(self, org: OrgId, profile: BillingProfile) -> None:
        """
        Raises:
            NotFound: There is no such org.
        """

    @abstractmethod
    async def terms(self, org: OrgId) -> BillingTerms: ...

    @abstractmethod
    async def set_terms(self, org: OrgId, terms: BillingTerms) -> None:
        """
        Raises:
            NotFound: There is no such org.
        """

    @abstractmethod
    async def keep(self, org: OrgId, terms: InvoiceTerms, *, at: datetime) -> None:
        """Keeps what invoices say of an org that is about to be deleted."""

    @abstractmethod
    async def kept(self, org: OrgId) -> InvoiceTerms | None:
        """What was kept of a deleted org; None if nothing was, or not any more."""

    @abstractmethod
    async def forget(self, *, before: datetime) -> None:
        """Deletes what was kept before then."""

    @abstractmethod
    async def tax_rates(self) -> Mapping[str, Decimal]:
        """In per cent, by country."""

    @abstractmethod
    async def set_tax_rates(self, rates: Mapping[str, Decimal]) -> None:
        """Replaces all."""
