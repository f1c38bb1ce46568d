"""Find what an org's invoices say of customer, tax and due date."""

import attrs

from aldea_core.domain.billing.profiles import InvoiceTerms
from aldea_core.domain.ids import OrgId
from aldea_core.ports.billing_profiles import BillingProfiles


@attrs.frozen
class FindTerms:
    billing_profiles: BillingProfiles

    async def __call__(self, org: OrgId) -> InvoiceTerms:
        profile = await self.billing_profiles.profile(org)
        terms = await self.billing_profiles.terms(org)
        return InvoiceTerms.of(profile, terms, await self.billing_profiles.tax_rates())

    async def of_deleted(self, org: OrgId) -> InvoiceTerms | None:
        """As they were when the org was deleted; None if that is long ago."""
        return await self.billing_profiles.kept(org)
