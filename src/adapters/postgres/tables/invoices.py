"""Invoices with their lines and the usage they billed, credit notes, and whom they are made out to."""

import sqlalchemy as sa

from adapters.postgres.tables.accounts import orgs
from adapters.postgres.tables.column_types import Exact, Member, Moment, MonthText
from adapters.postgres.tables.metadata import metadata, part_of
from aldea_core.domain.billing.charges import LineKind
from aldea_core.domain.billing.invoices import InvoiceStatus


# No foreign keys to orgs and usage records: invoices outlive both.
invoices = sa.Table(
    "invoices",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("org", sa.String(64), nullable=False),
    sa.Column("month", MonthText, nullable=False),
    sa.Column("currency", sa.String(3), nullable=False),
    sa.Column("made", Moment, nullable=False),
    sa.Column("status", Member(InvoiceStatus, 10), nullable=False),
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
    sa.Column("org", part_of(orgs), primary_key=True),
    sa.Column("customer", sa.JSON, nullable=False),
)

billing_terms = sa.Table(
    "billing_terms",
    metadata,
    sa.Column("org", part_of(orgs), primary_key=True),
    sa.Column("tax_rate", Exact),
    sa.Column("payment_days", sa.Integer),
)

# Of deleted orgs, for a while: usage that comes in later is invoiced by them.
kept_terms = sa.Table(
    "kept_terms",
    metadata,
    sa.Column("org", sa.String(64), primary_key=True),
    sa.Column("customer", sa.JSON, nullable=False),
    sa.Column("tax_rate", Exact, nullable=False),
    sa.Column("payment_days", sa.Integer, nullable=False),
    sa.Column("kept", Moment, nullable=False),
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
    postgresql_where=invoices.c.status != InvoiceStatus.VOID,
    sqlite_where=invoices.c.status != InvoiceStatus.VOID,
)
sa.Index("ix_invoices_org_month", invoices.c.org, invoices.c.month)
# The order of the list of all orgs' invoices.
sa.Index("ix_invoices_month_made", invoices.c.month, invoices.c.made, invoices.c.id)

invoice_lines = sa.Table(
    "invoice_lines",
    metadata,
    sa.Column("invoice", part_of(invoices), primary_key=True),
    sa.Column("place", sa.Integer, primary_key=True),
    sa.Column("kind", Member(LineKind, 10), nullable=False),
    sa.Column("month", MonthText, nullable=False),
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
    sa.Column("invoice", part_of(invoices), primary_key=True),
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
    sa.Column("credited_before", sa.BigInteger, nullable=False, server_default="0"),
    sa.Index("ix_credit_notes_org_number", "org", "number"),
)

credit_note_numbers = sa.Table(
    "credit_note_numbers",
    metadata,
    sa.Column("year", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("last", sa.Integer, nullable=False),
)
