"""Maps rows of plans and invoices to domain values, and back."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import attrs

from adapters.postgres.rows import plan_limits_of
from aldea_core.domain.access.limits import Limits, own_limits
from aldea_core.domain.billing.charges import Line
from aldea_core.domain.billing.invoices import Invoice
from aldea_core.domain.billing.plans import Plan, Price
from aldea_core.domain.billing.profiles import BillingProfile, InvoiceTerms
from aldea_core.domain.known_fields import known_fields


def plan_of(
    prices: Iterable[Mapping[Any, Any]], *, limits: Mapping[str, Any], **columns: Any
) -> Plan:
    priced = tuple(Price(**known_fields(Price, price)) for price in prices)
    return Plan(prices=priced, limits=plan_limits_of(limits), **columns)


def plan_to(plan: Plan) -> dict[str, Any]:
    row = {**attrs.asdict(plan, recurse=False), "limits": own_limits(plan.limits, Limits())}
    del row["prices"]
    return row


def prices_to(plan: Plan) -> list[dict[str, Any]]:
    return [{"plan": plan.id, **attrs.asdict(price)} for price in plan.prices]


def invoice_of(
    lines: Iterable[Mapping[Any, Any]],
    *,
    number: str | None,
    customer: Mapping[str, Any] | None,
    tax_rate: Decimal,
    payment_days: int,
    **columns: Any,
) -> Invoice:
    return Invoice(
        number=number or "",
        lines=tuple(Line(**known_fields(Line, line)) for line in lines),
        terms=terms_of(customer, tax_rate, payment_days),
        **columns,
    )


def invoice_to(invoice: Invoice) -> dict[str, Any]:
    row = attrs.asdict(invoice, recurse=False)
    del row["lines"], row["terms"]
    return {
        **row,
        "number": invoice.number or None,
        **terms_to(invoice.terms),
    }


def lines_to(invoice: Invoice) -> list[dict[str, Any]]:
    return [
        {"invoice": invoice.id, "place": place, **attrs.asdict(line, recurse=False)}
        for place, line in enumerate(invoice.lines)
    ]


def terms_of(
    customer: Mapping[str, Any] | None, tax_rate: Decimal, payment_days: int
) -> InvoiceTerms:
    return InvoiceTerms(customer_of(customer or {}), tax_rate, payment_days)


def terms_to(terms: InvoiceTerms) -> dict[str, Any]:
    return {
        "customer": customer_to(terms.customer),
        "tax_rate": terms.tax_rate,
        "payment_days": terms.payment_days,
    }


def customer_of(customer: Mapping[str, Any]) -> BillingProfile:
    known = known_fields(BillingProfile, customer)
    return BillingProfile(**{**known, "address": tuple(customer.get("address", ()))})


def customer_to(profile: BillingProfile) -> dict[str, Any]:
    return {**attrs.asdict(profile), "address": list(profile.address)}
