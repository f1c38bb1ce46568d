"""Billing profiles, and what operators set of tax and due dates."""

from typing import Annotated

import attrs

from msgspec import Meta

from aldea_core.domain.access.audit import Facts
from aldea_core.domain.billing.profiles import (
    MOST_PAYMENT_DAYS,
    BillingProfile,
    BillingTerms,
    proper_country,
    proper_profile,
    proper_rate,
)
from aldea_core.domain.ids import OrgId
from aldea_core.ports.accounts import Accounts
from aldea_core.ports.billing_profiles import BillingProfiles
from aldea_core.use_cases.billing.find_terms import FindTerms
from entrypoints.backend.pipeline.calls import Call
from entrypoints.backend.pipeline.problems import invalid
from entrypoints.backend.pipeline.routes import (
    OPERATOR,
    Document,
    Operation,
    Resource,
    Wanted,
    for_admins,
    for_members,
)
from entrypoints.backend.pipeline.texts import Email, ShortText, Text, whole
from entrypoints.backend.resources.money_documents import ProfileDocument, digits
from entrypoints.backend.resources.operator import org_of


_OPERATORS = "Operators"
_Rate = Annotated[str, Meta(max_length=20, description="In per cent, as 21 or 7.7.")]
_Country = Annotated[
    str,
    Meta(
        pattern=whole("[A-Z]{2}", "Must be a code of ISO 3166-1, as ES."),
        description="ISO 3166-1, as ES.",
    ),
]


class NewProfile(Wanted, frozen=True, kw_only=True):
    """All of it: what is absent becomes empty."""

    legal_name: Text = ""
    address: Annotated[tuple[Text, ...], Meta(max_length=6, description="Without country.")] = ()
    country: _Country | None = None
    vat_id: ShortText = ""
    email: Email | None = None
    purchase_order: ShortText = ""

    def profile(self) -> BillingProfile:
        return proper_profile(
            BillingProfile(
                self.legal_name.strip(),
                tuple(line.strip() for line in self.address if line.strip()),
                self.country or "",
                self.vat_id.strip(),
                self.email or "",
                self.purchase_order.strip(),
            )
        )


class TermsDocument(Document, frozen=True, kw_only=True):
    """What operators set for an organisation, and what comes of it."""

    tax_rate: Annotated[str | None, Meta(description="In per cent; null: the country's.")]
    payment_days: Annotated[int | None, Meta(description="Until an invoice is due; null: 14.")]
    effective_tax_rate: Annotated[str, Meta(description="Of the next invoice, in per cent.")]
    effective_payment_days: int


class NewTerms(Wanted, frozen=True, kw_only=True):
    tax_rate: _Rate | None = None
    payment_days: Annotated[int, Meta(ge=0, le=MOST_PAYMENT_DAYS)] | None = None


class TaxRate(Wanted, frozen=True, kw_only=True):
    country: _Country
    rate: _Rate


class TaxRateDocument(Document, frozen=True, kw_only=True):
    country: str
    rate: Annotated[str, Meta(description="In per cent.")]


class TaxRatesDocument(Document, frozen=True, kw_only=True):
    """The tax of each country; others have none."""

    items: list[TaxRateDocument]


class NewTaxRates(Wanted, frozen=True, kw_only=True):
    items: Annotated[tuple[TaxRate, ...], Meta(max_length=300)]


@attrs.frozen
class BillingProfileRoutes(Resource):
    TAG = "Operators"

    billing_profiles: BillingProfiles
    find_terms: FindTerms
    accounts: Accounts

    @Operation(
        "GET",
        "/v1/orgs/{org}/billing-profile",
        for_members("billing:read"),
        "Show whom invoices are made out to",
        tag="Billing profile",
    )
    async def get_billing_profile(self, call: Call) -> ProfileDocument:
        return ProfileDocument.of(await self.billing_profiles.profile(call.org.id))

    @Operation(
        "PUT",
        "/v1/orgs/{org}/billing-profile",
        for_admins(),
        "Set whom invoices are made out to",
        tag="Billing profile",
        body=NewProfile,
        action="billing_profile.set",
        current=get_billing_profile,
        about="Invoices that are issued already stay as they are.",
    )
    async def put_billing_profile(self, call: Call) -> ProfileDocument:
        before = await self.billing_profiles.profile(call.org.id)
        wanted = call.body(NewProfile).profile()
        await self.billing_profiles.set_profile(call.org.id, wanted)
        call.note(call.org.id, _facts(before), _facts(wanted))
        return ProfileDocument.of(wanted)

    @Operation(
        "GET",
        "/v1/operator/orgs/{org}/billing-terms",
        OPERATOR,
        "Show an organisation's tax rate and days until payment",
    )
    async def get_billing_terms(self, call: Call) -> TermsDocument:
        return await self._terms((await org_of(self.accounts, call)).id)

    @Operation(
        "PUT",
        "/v1/operator/orgs/{org}/billing-terms",
        OPERATOR,
        "Set an organisation's tax rate and days until payment",
        body=NewTerms,
        action="billing_terms.set",
        current=get_billing_terms,
        about="A tax rate of 0 exempts it, whatever its country.",
    )
    async def put_billing_terms(self, call: Call) -> TermsDocument:
        org, wanted = (await org_of(self.accounts, call)).id, call.body(NewTerms)
        rate = None if wanted.tax_rate is None else proper_rate(wanted.tax_rate)
        before = await self.billing_profiles.terms(org)
        after = BillingTerms(rate, wanted.payment_days)
        await self.billing_profiles.set_terms(org, after)
        call.note(org, _terms_facts(before), _terms_facts(after), org=org)
        return await self._terms(org)

    @Operation("GET", "/v1/operator/tax-rates", OPERATOR, "Show the tax rates of countries")
    async def get_tax_rates(self, call: Call) -> TaxRatesDocument:
        rates = await self.billing_profiles.tax_rates()
        return TaxRatesDocument(
            items=[
                TaxRateDocument(country=country, rate=digits(rates[country]))
                for country in sorted(rates)
            ]
        )

    @Operation(
        "PUT",
        "/v1/operator/tax-rates",
        OPERATOR,
        "Set the tax rates of countries",
        body=NewTaxRates,
        action="tax_rates.set",
        current=get_tax_rates,
        about="All of them: a country that is absent has no tax.",
    )
    async def put_tax_rates(self, call: Call) -> TaxRatesDocument:
        before = await self.get_tax_rates(call)
        wanted = call.body(NewTaxRates).items
        rates = {proper_country(each.country): proper_rate(each.rate) for each in wanted}
        if len(rates) < len(wanted):
            raise invalid("items", "A country has one rate.")
        await self.billing_profiles.set_tax_rates(rates)
        after = await self.get_tax_rates(call)
        call.note("tax-rates", _rates_facts(before), _rates_facts(after))
        return after

    async def _terms(self, org: OrgId) -> TermsDocument:
        terms = await self.billing_profiles.terms(org)
        next_ = await self.find_terms(org)
        return TermsDocument(
            tax_rate=None if terms.tax_rate is None else digits(terms.tax_rate),
            payment_days=terms.payment_days,
            effective_tax_rate=digits(next_.tax_rate),
            effective_payment_days=next_.payment_days,
        )


def _facts(profile: BillingProfile) -> Facts:
    return {**attrs.asdict(profile), "address": list(profile.address)}


def _terms_facts(terms: BillingTerms) -> Facts:
    rate = None if terms.tax_rate is None else digits(terms.tax_rate)
    return {"tax_rate": rate, "payment_days": terms.payment_days}


def _rates_facts(rates: TaxRatesDocument) -> Facts:
    return {"rates": [f"{each.country} {each.rate}" for each in rates.items]}
