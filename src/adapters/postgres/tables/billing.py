"""Plans, subscriptions, spending caps, and invoices with their lines and the usage they billed."""

from decimal import Decimal
from typing import Any, final

import sqlalchemy as sa

from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator
from typing_extensions import override

from adapters.postgres.tables.metadata import Moment, metadata


@final
class Exact(TypeDecorator[Decimal]):
    """A decimal stored as its digits: SQLite only has floats."""

    impl = sa.String(40)
    cache_ok = True

    @override
    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:
        return None if value is None else f"{value:f}"

    @override
    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value)


plans = sa.Table(
    "plans",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("created", Moment, nullable=False),
    sa.Column("currency", sa.String(3), nullable=False),
    sa.Column("included_minutes", sa.BigInteger, nullable=False),
    sa.Column("monthly_fee", sa.BigInteger, nullable=False),
    # Only what differs from the defaults, so that defaults can change.
    sa.Column("limits", sa.JSON, nullable=False),
    # The only org it is offered to. No foreign key: its plan must not become everybody's.
    sa.Column("org", sa.String(64)),
    sa.Column("archived", Moment),
)

plan_prices = sa.Table(
    "plan_prices",
    metadata,
    sa.Column("plan", sa.ForeignKey("plans.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("kind", sa.String(10), primary_key=True),
    sa.Column("model", sa.String(200), primary_key=True),
    sa.Column("a_minute", Exact, nullable=False),
)

subscriptions = sa.Table(
    "subscriptions",
    metadata,
    sa.Column("org", sa.ForeignKey("orgs.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("since", sa.String(7), primary_key=True),
    sa.Column("plan", sa.ForeignKey("plans.id"), nullable=False, index=True),
)

spending_caps = sa.Table(
    "spending_caps",
    metadata,
    sa.Column("org", sa.ForeignKey("orgs.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("quota_ms", sa.BigInteger, nullable=False),
)

# No foreign keys to orgs and usage records: invoices outlive both.
invoices = sa.Table(
    "invoices",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("org", sa.String(64), nullable=False),
    sa.Column("month", sa.String(7), nullable=False),
    sa.Column("currency", sa.String(3), nullable=False),
    sa.Column("made", Moment, nullable=False),
    sa.Column("status", sa.String(10), nullable=False),
    sa.Column("number", sa.String(40), unique=True),
    sa.Column("issued", Moment),
    sa.Column("settled", Moment),
    sa.Column("reference", sa.String(200), nullable=False),
    sa.Column("pay_url", sa.String(2000), nullable=False),
    sa.Column("tax_rate", Exact, nullable=False, server_default="0"),
    # Whom it is made out to, as `billing_profiles` had it.
    sa.Column("customer", sa.JSON),
    sa.Column("payment_days", sa.Integer, nullable=False, server_default="14"),
    sa.Column("due", Moment),
)

billing_profiles = sa.Table(
    "billing_profiles",
    metadata,
    sa.Column("org", sa.ForeignKey("orgs.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("customer", sa.JSON, nullable=False),
)

billing_terms = sa.Table(
    "billing_terms",
    metadata,
    sa.Column("org", sa.ForeignKey("orgs.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("tax_rate", Exact),
    sa.Column("payment_days", sa.Integer),
)

tax_rates = sa.Table(
    "tax_rates",
    metadata,
    sa.Column("country", sa.String(2), primary_key=True),
    sa.Column("rate", Exact, nullable=False),
)

# At most one invoice per org and month, void ones aside. Of two concurrent inserts one succeeds.
sa.Index(
    "uq_invoices_org_month",
    invoices.c.org,
    invoices.c.month,
    unique=True,
    postgresql_where=invoices.c.status != "void",
    sqlite_where=invoices.c.status != "void",
)
sa.Index("ix_invoices_org_month", invoices.c.org, invoices.c.month)
# The order of the list of all orgs' invoices.
sa.Index("ix_invoices_month_made", invoices.c.month, invoices.c.made, invoices.c.id)

invoice_lines = sa.Table(
    "invoice_lines",
    metadata,
    sa.Column("invoice", sa.ForeignKey("invoices.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("place", sa.Integer, primary_key=True),
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Column("month", sa.String(7), nullable=False),
    sa.Column("model", sa.String(200), nullable=False),
    sa.Column("sessions", sa.BigInteger, nullable=False),
    sa.Column("audio_ms", sa.BigInteger, nullable=False),
    sa.Column("included_ms", sa.BigInteger, nullable=False),
    sa.Column("price", Exact),
    sa.Column("amount", sa.BigInteger, nullable=False),
)

# How much of a session an invoice billed. `usage_records.billed_ms` is the sum over its invoices.
invoiced_usage = sa.Table(
    "invoiced_usage",
    metadata,
    sa.Column("invoice", sa.ForeignKey("invoices.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("session", sa.String(64), primary_key=True),
    sa.Column("audio_ms", sa.BigInteger, nullable=False),
)

invoice_numbers = sa.Table(
    "invoice_numbers",
    metadata,
    sa.Column("year", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("last", sa.Integer, nullable=False),
)

# No foreign key: credit notes outlive orgs, as invoices do.
credit_notes = sa.Table(
    "credit_notes",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("org", sa.String(64), nullable=False),
    sa.Column("invoice", sa.String(64), nullable=False, index=True),
    sa.Column("invoice_number", sa.String(40), nullable=False),
    sa.Column("currency", sa.String(3), nullable=False),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("tax_rate", Exact, nullable=False),
    sa.Column("reason", sa.String(200), nullable=False),
    sa.Column("issued", Moment, nullable=False),
    sa.Column("number", sa.String(40), nullable=False, unique=True),
    sa.Index("ix_credit_notes_org_number", "org", "number"),
)

credit_note_numbers = sa.Table(
    "credit_note_numbers",
    metadata,
    sa.Column("year", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("last", sa.Integer, nullable=False),
)
