"""Billing profiles, billing terms and tax rates, in memory."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import final

import attrs

from typing_extensions import override

from adapters.memory.accounts import MemoryAccounts
from aldea_core.domain.billing.profiles import BillingProfile, BillingTerms, InvoiceTerms
from aldea_core.domain.errors import NotFound
from aldea_core.domain.ids import OrgId
from aldea_core.ports.billing_profiles import BillingProfiles


@final
@attrs.define(slots=False)
class MemoryBillingProfiles(BillingProfiles):
    accounts: MemoryAccounts
    _profiles: dict[OrgId, BillingProfile] = attrs.field(factory=dict, init=False, repr=False)
    _terms: dict[OrgId, BillingTerms] = attrs.field(factory=dict, init=False, repr=False)
    _kept: dict[OrgId, tuple[InvoiceTerms, datetime]] = attrs.field(
        factory=dict, init=False, repr=False
    )
    _rates: dict[str, Decimal] = attrs.field(factory=dict, init=False, repr=False)

    @override
    async def profile(self, org: OrgId) -> BillingProfile:
        return (
            self._profiles.get(org, BillingProfile()) if await self._has(org) else BillingProfile()
        )

    @override
    async def set_profile(self, org: OrgId, profile: BillingProfile) -> None:
        await self._require(org)
        self._profiles[org] = profile

    @override
    async def terms(self, org: OrgId) -> BillingTerms:
        return self._terms.get(org, BillingTerms()) if await self._has(org) else BillingTerms()

    @override
    async def set_terms(self, org: OrgId, terms: BillingTerms) -> None:
        await self._require(org)
        self._terms[org] = terms

    @override
    async def keep(self, org: OrgId, terms: InvoiceTerms, *, at: datetime) -> None:
        self._kept[org] = terms, at

    @override
    async def kept(self, org: OrgId) -> InvoiceTerms | None:
        terms, _ = self._kept.get(org, (None, None))
        return terms

    @override
    async def forget(self, *, before: datetime) -> None:
        self._kept = {org: kept for org, kept in self._kept.items() if kept[1] >= before}

    @override
    async def tax_rates(self) -> Mapping[str, Decimal]:
        return dict(self._rates)

    @override
    async def set_tax_rates(self, rates: Mapping[str, Decimal]) -> None:
        self._rates = dict(rates)

    async def _require(self, org: OrgId) -> None:
        if not await self._has(org):
            raise NotFound("There is no such organisation.")

    async def _has(self, org: OrgId) -> bool:
        return await self.accounts.org(org) is not None
