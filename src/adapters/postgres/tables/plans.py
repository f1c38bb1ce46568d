"""Plans, subscriptions and spending caps."""

import sqlalchemy as sa

from adapters.postgres.tables.accounts import orgs
from adapters.postgres.tables.column_types import Exact, Member, Moment, MonthText
from adapters.postgres.tables.metadata import metadata, part_of
from aldea_core.domain.access.limits import SessionKind


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
    sa.Column("plan", part_of(plans), primary_key=True),
    sa.Column("kind", Member(SessionKind, 10), primary_key=True),
    sa.Column("model", sa.String(200), primary_key=True),
    sa.Column("a_minute", Exact, nullable=False),
)

subscriptions = sa.Table(
    "subscriptions",
    metadata,
    sa.Column("org", part_of(orgs), primary_key=True),
    sa.Column("since", MonthText, primary_key=True),
    sa.Column("plan", sa.ForeignKey(plans.c.id), nullable=False, index=True),
)

# Of deleted orgs, kept by a trigger: usage that comes in later is billed by them.
gone_subscriptions = sa.Table(
    "gone_subscriptions",
    metadata,
    sa.Column("org", sa.String(64), primary_key=True),
    sa.Column("since", MonthText, primary_key=True),
    sa.Column("plan", sa.ForeignKey(plans.c.id), nullable=False),
)

spending_caps = sa.Table(
    "spending_caps",
    metadata,
    sa.Column("org", part_of(orgs), primary_key=True),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("quota_ms", sa.BigInteger, nullable=False),
)
