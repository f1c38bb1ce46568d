"""Maps rows of plans and invoices to domain values, and back."""

from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from sqlalchemy import RowMapping

from adapters.postgres.rows import plan_limits_of
from aldea_core.domain.access.limits import Limits, SessionKind, own_limits
from aldea_core.domain.billing.charges import Line, LineKind
from aldea_core.domain.billing.invoices import Invoice, InvoiceStatus
from aldea_core.domain.billing.months import Month
from aldea_core.domain.billing.plans import Plan, Price
from aldea_core.domain.billing.profiles import BillingProfile, InvoiceTerms
from aldea_core.domain.ids import InvoiceId, OrgId, PlanId
from aldea_core.domain.known_fields import known_fields


def plan_of(row: RowMapping, prices: Iterable[RowMapping]) -> Plan:
    return Plan(
        PlanId(row["id"]),
        row["name"],
        row["created"],
        row["currency"],
        tuple(
            Price(SessionKind(price["kind"]), price["a_minute"], price["model"]) for price in prices
        ),
        row["included_minutes"],
        row["monthly_fee"],
        plan_limits_of(row["limits"]),
        row["org"] and OrgId(row["org"]),
        row["archived"],
    )


def plan_to(plan: Plan) -> dict[str, Any]:
    return {
        "id": plan.id,
        "name": plan.name,
        "created": plan.created,
        "currency": plan.currency,
        "included_minutes": plan.included_minutes,
        "monthly_fee": plan.monthly_fee,
        "limits": own_limits(plan.limits, Limits()),
        "org": plan.org,
        "archived": plan.archived,
    }


def prices_to(plan: Plan) -> list[dict[str, Any]]:
    return [
        {
            "plan": plan.id,
            "kind": price.kind.value,
            "model": price.model,
            "a_minute": price.a_minute,
        }
        for price in plan.prices
    ]


def invoice_of(row: RowMapping, lines: Iterable[RowMapping]) -> Invoice:
    return Invoice(
        InvoiceId(row["id"]),
        OrgId(row["org"]),
        Month.parse(row["month"]),
        row["currency"],
        tuple(line_of(line) for line in lines),
        row["made"],
        InvoiceStatus(row["status"]),
        row["number"] or "",
        row["issued"],
        row["settled"],
        row["reference"],
        row["pay_url"],
        InvoiceTerms(customer_of(row["customer"] or {}), row["tax_rate"], row["payment_days"]),
        row["due"],
    )


def invoice_to(invoice: Invoice) -> dict[str, Any]:
    return {
        "id": invoice.id,
        "org": invoice.org,
        "month": str(invoice.month),
        "currency": invoice.currency,
        "made": invoice.made,
        "status": invoice.status.value,
        "number": invoice.number or None,
        "issued": invoice.issued,
        "settled": invoice.settled,
        "reference": invoice.reference,
        "pay_url": invoice.pay_url,
        "customer": customer_to(invoice.terms.customer),
        "tax_rate": invoice.terms.tax_rate,
        "payment_days": invoice.terms.payment_days,
        "due": invoice.due,
    }


def customer_of(row: Mapping[str, Any]) -> BillingProfile:
    return BillingProfile(
        **{**known_fields(BillingProfile, row), "address": tuple(row.get("address", ()))}
    )


def customer_to(profile: BillingProfile) -> dict[str, Any]:
    return {**attrs.asdict(profile), "address": list(profile.address)}


def line_of(row: RowMapping) -> Line:
    return Line(
        LineKind(row["kind"]),
        Month.parse(row["month"]),
        row["amount"],
        row["model"],
        row["sessions"],
        row["audio_ms"],
        row["included_ms"],
        row["price"],
    )


def lines_to(invoice: Invoice) -> list[dict[str, Any]]:
    return [
        {
            "invoice": invoice.id,
            "place": place,
            "kind": line.kind.value,
            "month": str(line.month),
            "model": line.model,
            "sessions": line.sessions,
            "audio_ms": line.audio_ms,
            "included_ms": line.included_ms,
            "price": line.price,
            "amount": line.amount,
        }
        for place, line in enumerate(invoice.lines)
    ]
