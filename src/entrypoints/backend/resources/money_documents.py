"""Plans, lines and invoices as documents. Amounts are whole minor units, prices are decimal texts."""

from typing import Annotated

import msgspec

from msgspec import Meta
from typing_extensions import override

from aldea_core.domain.access.keys import allows
from aldea_core.domain.access.limits import SessionKind
from aldea_core.domain.access.spending_cap import Cap
from aldea_core.domain.billing.charges import Line, LineKind
from aldea_core.domain.billing.invoices import Charges, Invoice, InvoiceStatus
from aldea_core.domain.billing.money import MOST_AMOUNT
from aldea_core.domain.billing.plans import Plan, Price
from aldea_core.domain.billing.profiles import BillingProfile
from entrypoints.backend.pipeline.calls import Call
from entrypoints.backend.pipeline.routes import Document
from entrypoints.backend.pipeline.texts import Moment
from entrypoints.backend.resources.limits import LimitsDocument


Currency = Annotated[str, Meta(description="ISO 4217, as USD.")]
Minor = Annotated[int, Meta(description="In minor units of the currency, as cents.")]
Amount = Annotated[int, Meta(ge=0, le=MOST_AMOUNT, description="In minor units of the currency.")]
MonthText = Annotated[str, Meta(description="A calendar month of UTC, as 2026-10.")]
A_MINUTE = "The price of a minute, in the currency's unit, to its last digit."


# What an API key needs beside a route's own scope, to be shown amounts.
_MONEY_SCOPE = "billing:read"


def sees_money(call: Call) -> bool:
    """Whether the caller is shown amounts: not an API key without the scope for that."""
    return call.scopes is None or allows(call.scopes, _MONEY_SCOPE)


class PriceDocument(Document, frozen=True, kw_only=True):
    kind: SessionKind
    model: Annotated[str, Meta(description="Empty: all that have no price of their own.")]
    a_minute: Annotated[str, Meta(description=A_MINUTE)]

    @classmethod
    def of(cls, price: Price) -> "PriceDocument":
        return cls(kind=price.kind, model=price.model, a_minute=digits(price.a_minute))


class PlanDocument(Document, frozen=True, kw_only=True):
    """What an organisation pays, and the limits that the plan includes."""

    id: str
    name: str
    created_at: Moment
    currency: Currency
    prices: list[PriceDocument]
    included_minutes: int
    monthly_fee: Minor
    limits: Annotated[
        LimitsDocument,
        Meta(description="Of organisations that have none of their own."),
    ]
    org_id: Annotated[
        str | None, Meta(description="The only organisation it is offered to; null is all.")
    ]
    archived_at: Annotated[
        Moment | None,
        Meta(description="Since when it is no longer offered; organisations on it stay on it."),
    ]

    @classmethod
    def of(cls, plan: Plan) -> "PlanDocument":
        return cls(
            id=plan.id,
            name=plan.name,
            created_at=plan.created,
            currency=plan.currency,
            prices=[PriceDocument.of(price) for price in plan.prices],
            included_minutes=plan.included_minutes,
            monthly_fee=plan.monthly_fee,
            limits=LimitsDocument.of(plan.limits),
            org_id=plan.org,
            archived_at=plan.archived,
        )


class CapDocument(Document, frozen=True, kw_only=True):
    """The most an organisation is willing to spend in a month."""

    amount: Minor | None
    currency: Currency
    quota_ms: Annotated[
        int | None,
        Meta(description="Milliseconds of audio that fit into it, as far as is known now."),
    ]

    is_reached: Annotated[
        bool, Meta(description="Whether as much is owed already, so that audio is refused.")
    ]

    @classmethod
    def of(cls, cap: Cap | None, charges: Charges) -> "CapDocument":
        return cls(
            amount=None if cap is None else cap.amount,
            currency=charges.plan.currency,
            quota_ms=None if cap is None else cap.quota_ms,
            is_reached=cap is not None and cap.amount <= charges.total,
        )

    @override
    def as_compared(self) -> "CapDocument":
        return msgspec.structs.replace(self, quota_ms=None, is_reached=False)


class LineDocument(Document, frozen=True, kw_only=True):
    kind: LineKind
    month: Annotated[
        str,
        Meta(description="Whose usage it is; before the invoice's month, if it came in late."),
    ]
    model: Annotated[str, Meta(description="If the model has a price of its own.")]
    sessions: int
    audio_ms: int
    included_ms: Annotated[int, Meta(description="Of audio_ms, what the plan includes.")]
    price: Annotated[str | None, Meta(description=A_MINUTE)]
    amount: Minor

    @classmethod
    def of(cls, line: Line) -> "LineDocument":
        return cls(
            kind=line.kind,
            month=str(line.month),
            model=line.model,
            sessions=line.sessions,
            audio_ms=line.audio_ms,
            included_ms=line.included_ms,
            price=None if line.price is None else digits(line.price),
            amount=line.amount,
        )


class ProfileDocument(Document, frozen=True, kw_only=True):
    """Whom invoices are made out to."""

    legal_name: str
    address: list[str]
    country: Annotated[str, Meta(description="ISO 3166-1, as ES; empty if it is not known.")]
    vat_id: str
    email: Annotated[str, Meta(description="Where invoices are sent, too.")]
    purchase_order: Annotated[str, Meta(description="A reference that is printed on invoices.")]

    @classmethod
    def of(cls, profile: BillingProfile) -> "ProfileDocument":
        return cls(
            legal_name=profile.legal_name,
            address=list(profile.address),
            country=profile.country,
            vat_id=profile.vat_id,
            email=profile.email,
            purchase_order=profile.purchase_order,
        )


class InvoiceDocument(Document, frozen=True, kw_only=True):
    """What an organisation owes for a month: the sum of the lines, and tax."""

    id: str
    org_id: str
    number: Annotated[str, Meta(description="Drafts have none.")]
    month: MonthText
    status: InvoiceStatus
    currency: Currency
    subtotal: Annotated[int, Meta(description="The sum of the lines, in minor units.")]
    tax_rate: Annotated[str, Meta(description="In per cent.")]
    tax: Annotated[int, Meta(description="On the subtotal, rounded once, in minor units.")]
    total: Minor
    lines: list[LineDocument]
    customer: Annotated[
        ProfileDocument, Meta(description="Once it is issued, as the profile was then.")
    ]
    due_at: Annotated[Moment | None, Meta(description="Drafts have none.")]
    created_at: Moment
    issued_at: Moment | None
    settled_at: Annotated[Moment | None, Meta(description="When it was paid or made void.")]
    pay_url: Annotated[str, Meta(description="Where it can be paid, if it can be paid online.")]

    @classmethod
    def of(cls, invoice: Invoice) -> "InvoiceDocument":
        return cls(
            id=invoice.id,
            org_id=invoice.org,
            number=invoice.number,
            month=str(invoice.month),
            status=invoice.status,
            currency=invoice.currency,
            subtotal=invoice.subtotal,
            tax_rate=digits(invoice.terms.tax_rate),
            tax=invoice.tax,
            total=invoice.total,
            customer=ProfileDocument.of(invoice.terms.customer),
            due_at=invoice.due,
            lines=[LineDocument.of(line) for line in invoice.lines],
            created_at=invoice.made,
            issued_at=invoice.issued,
            settled_at=invoice.settled,
            pay_url=invoice.pay_url,
        )


def digits(price: object) -> str:
    return f"{price:f}"
