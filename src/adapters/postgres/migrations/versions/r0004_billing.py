"""Plans, spending caps, invoices with their lines, and the billed part of the usage ledger."""

from datetime import UTC, datetime

import sqlalchemy as sa

from alembic import op

from adapters.postgres.migrations import org_triggers


revision = "0004"
down_revision = "0003"

_MOMENT = sa.DateTime(timezone=True)
_UNBILLED = sa.text("billed_ms != audio_ms")
_NOT_VOID = sa.text("status != 'void'")


def upgrade() -> None:
    _plans()
    org_triggers.watch("subscriptions")
    org_triggers.watch("spending_caps")
    _watch_plans()
    _invoices()
    op.add_column(
        "usage_records",
        sa.Column("billed_ms", sa.BigInteger, nullable=False, server_default="0"),
    )
    op.drop_index("ix_usage_records_org_started", "usage_records")
    op.create_index(
        "ix_usage_records_org_started",
        "usage_records",
        ["org", "started", "session"],
        postgresql_include=["kind", "key", "model", "status", "audio_ms"],
    )
    op.create_index(
        "ix_usage_records_unbilled",
        "usage_records",
        ["org", "started"],
        postgresql_where=_UNBILLED,
        sqlite_where=_UNBILLED,
    )


def _plans() -> None:
    plans = op.create_table(
        "plans",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("created", _MOMENT, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("included_minutes", sa.BigInteger, nullable=False),
        sa.Column("monthly_fee", sa.BigInteger, nullable=False),
        sa.Column("limits", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_plans"),
    )
    prices = op.create_table(
        "plan_prices",
        sa.Column("plan", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("model", sa.String(200), nullable=False),
        sa.Column("a_minute", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("plan", "kind", "model", name="pk_plan_prices"),
        sa.ForeignKeyConstraint(
            ["plan"], ["plans.id"], name="fk_plan_prices_plan_plans", ondelete="CASCADE"
        ),
    )
    op.bulk_insert(
        plans,
        [
            {
                "id": "standard",
                "name": "Standard",
                "created": datetime(2026, 1, 1, tzinfo=UTC),
                "currency": "USD",
                "included_minutes": 0,
                "monthly_fee": 0,
                "limits": {},
            },
        ],
    )
    op.bulk_insert(
        prices,
        [
            {"plan": "standard", "kind": "live", "model": "", "a_minute": "0.0077"},
            {"plan": "standard", "kind": "file", "model": "", "a_minute": "0.0043"},
        ],
    )
    op.create_table(
        "subscriptions",
        sa.Column("org", sa.String(64), nullable=False),
        sa.Column("since", sa.String(7), nullable=False),
        sa.Column("plan", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("org", "since", name="pk_subscriptions"),
        sa.ForeignKeyConstraint(
            ["org"], ["orgs.id"], name="fk_subscriptions_org_orgs", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["plan"], ["plans.id"], name="fk_subscriptions_plan_plans"),
    )
    op.create_index("ix_subscriptions_plan", "subscriptions", ["plan"])
    op.create_table(
        "spending_caps",
        sa.Column("org", sa.String(64), nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("quota_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("org", name="pk_spending_caps"),
        sa.ForeignKeyConstraint(
            ["org"], ["orgs.id"], name="fk_spending_caps_org_orgs", ondelete="CASCADE"
        ),
    )


def _invoices() -> None:
    op.create_table(
        "invoices",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("org", sa.String(64), nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("made", _MOMENT, nullable=False),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("number", sa.String(40)),
        sa.Column("issued", _MOMENT),
        sa.Column("settled", _MOMENT),
        sa.Column("reference", sa.String(200), nullable=False),
        sa.Column("pay_url", sa.String(2000), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_invoices"),
        sa.UniqueConstraint("number", name="uq_invoices_number"),
    )
    op.create_index(
        "uq_invoices_org_month",
        "invoices",
        ["org", "month"],
        unique=True,
        postgresql_where=_NOT_VOID,
        sqlite_where=_NOT_VOID,
    )
    op.create_index("ix_invoices_org_month", "invoices", ["org", "month"])
    op.create_table(
        "invoice_lines",
        sa.Column("invoice", sa.String(64), nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("model", sa.String(200), nullable=False),
        sa.Column("sessions", sa.BigInteger, nullable=False),
        sa.Column("audio_ms", sa.BigInteger, nullable=False),
        sa.Column("included_ms", sa.BigInteger, nullable=False),
        sa.Column("price", sa.String(40)),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("invoice", "place", name="pk_invoice_lines"),
        sa.ForeignKeyConstraint(
            ["invoice"],
            ["invoices.id"],
            name="fk_invoice_lines_invoice_invoices",
            ondelete="CASCADE",
        ),
    )
    op.create_table(
        "invoiced_usage",
        sa.Column("invoice", sa.String(64), nullable=False),
        sa.Column("session", sa.String(64), nullable=False),
        sa.Column("audio_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("invoice", "session", name="pk_invoiced_usage"),
        sa.ForeignKeyConstraint(
            ["invoice"],
            ["invoices.id"],
            name="fk_invoiced_usage_invoice_invoices",
            ondelete="CASCADE",
        ),
    )
    op.create_table(
        "invoice_numbers",
        sa.Column("year", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("last", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("year", name="pk_invoice_numbers"),
    )


# A change of a plan changes the limits of every org on it (`plans.plan_in`).
_SQLITE_TRIGGER = """
CREATE TRIGGER plans_update_told AFTER UPDATE OF limits ON plans BEGIN
  UPDATE orgs SET version = version + 1 WHERE NEW.id = coalesce(
    (SELECT plan FROM subscriptions WHERE org = orgs.id ORDER BY since DESC LIMIT 1), 'standard');
END
"""
_FUNCTION = """
CREATE FUNCTION touch_orgs_on_plan() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM touch_orgs(ARRAY(SELECT id::text FROM orgs WHERE NEW.id = coalesce(
    (SELECT plan FROM subscriptions WHERE org = orgs.id ORDER BY since DESC LIMIT 1), 'standard')));
  RETURN NULL;
END $$
"""
_TRIGGER = """
CREATE TRIGGER plans_update_told AFTER UPDATE OF limits ON plans
  FOR EACH ROW EXECUTE FUNCTION touch_orgs_on_plan()
"""


def _watch_plans() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in (_SQLITE_TRIGGER,) if is_sqlite else (_FUNCTION, _TRIGGER):
        op.get_bind().exec_driver_sql(statement)


def _unwatch_plans() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER plans_update_told")
        return
    op.execute("DROP TRIGGER plans_update_told ON plans")
    op.execute("DROP FUNCTION touch_orgs_on_plan()")


def downgrade() -> None:
    _unwatch_plans()
    org_triggers.unwatch("spending_caps")
    org_triggers.unwatch("subscriptions")
    op.drop_index("ix_usage_records_unbilled", "usage_records")
    op.drop_index("ix_usage_records_org_started", "usage_records")
    op.create_index("ix_usage_records_org_started", "usage_records", ["org", "started"])
    op.drop_column("usage_records", "billed_ms")
    for table in (
        *("invoice_numbers", "invoiced_usage", "invoice_lines", "invoices"),
        *("spending_caps", "subscriptions", "plan_prices", "plans"),
    ):
        op.drop_table(table)
