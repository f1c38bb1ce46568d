"""What every `BillingProfiles` promises."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.contract.values import NOW, ORG, OTHER_ORG

from aldea_core.domain.access.orgs import Org
from aldea_core.domain.billing.profiles import BillingProfile, BillingTerms, InvoiceTerms
from aldea_core.domain.errors import NotFound


ACME = BillingProfile(
    "Acme S.L.", ("Calle Mayor 1", "48001 Bilbao"), "ES", "ESB12345678", "bills@acme.es", "PO 7"
)


class BillingProfilesContract:
    """Subclasses give the fixtures `billing_profiles`, which is empty, and `accounts`."""

    @pytest.fixture(autouse=True)
    async def org(self, accounts):
        await accounts.add_org(Org(ORG, "Acme", NOW))

    async def test_profile_and_terms_are_kept_as_they_are(self, billing_profiles):
        """
        Each beside the other, and replaced as a whole; what is not set is the default.
        """
        assert await billing_profiles.profile(ORG) == BillingProfile()
        assert await billing_profiles.terms(ORG) == BillingTerms()
        for profile in (ACME, BillingProfile(email="a@example.com")):
            await billing_profiles.set_profile(ORG, profile)
            assert await billing_profiles.profile(ORG) == profile
        for terms in (BillingTerms(Decimal("7.75"), 30), BillingTerms(Decimal(0)), BillingTerms()):
            await billing_profiles.set_terms(ORG, terms)
            assert await billing_profiles.terms(ORG) == terms
        assert await billing_profiles.profile(OTHER_ORG) == BillingProfile()

    async def test_deleted_org_takes_its_profile_and_terms_along(self, accounts, billing_profiles):
        await billing_profiles.set_profile(ORG, ACME)
        await billing_profiles.set_terms(ORG, BillingTerms(Decimal(21)))
        await accounts.remove_org(ORG)

        assert await billing_profiles.profile(ORG) == BillingProfile()
        assert await billing_profiles.terms(ORG) == BillingTerms()

    async def test_terms_of_a_deleted_org_are_kept_for_a_while(self, accounts, billing_profiles):
        """
        As they were at the latest deletion, if an org has the id again.
        """
        terms = InvoiceTerms(ACME, Decimal("7.75"), 30)
        assert await billing_profiles.kept(ORG) is None
        for kept in (InvoiceTerms(), terms):
            await billing_profiles.keep(ORG, kept, at=NOW)
        await accounts.remove_org(ORG)
        await billing_profiles.forget(before=NOW)
        assert await billing_profiles.kept(ORG) == terms
        assert await billing_profiles.kept(OTHER_ORG) is None
        await billing_profiles.forget(before=NOW + timedelta(seconds=1))

        assert await billing_profiles.kept(ORG) is None

    async def test_tax_rates_are_replaced(self, billing_profiles):
        assert await billing_profiles.tax_rates() == {}
        for rates in ({"ES": Decimal(21), "CH": Decimal("8.1")}, {"ES": Decimal("0.0001")}, {}):
            await billing_profiles.set_tax_rates(rates)
            assert await billing_profiles.tax_rates() == rates

    async def test_unknown_org_has_no_profile(self, billing_profiles):
        with pytest.raises(NotFound):
            await billing_profiles.set_profile(OTHER_ORG, ACME)
        with pytest.raises(NotFound):
            await billing_profiles.set_terms(OTHER_ORG, BillingTerms())
