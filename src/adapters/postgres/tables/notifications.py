"""Events, endpoints of webhooks, and deliveries with their attempts."""

import sqlalchemy as sa

from adapters.postgres.tables.accounts import orgs
from adapters.postgres.tables.column_types import BigId, JsonTuple, Member, Moment
from adapters.postgres.tables.metadata import metadata, part_of
from adapters.postgres.tables.people import users
from aldea_core.domain.notifications.events import EventType
from aldea_core.domain.notifications.webhooks import DeliveryStatus


_ID = sa.String(64)

# The outbox of what happened in orgs. No foreign key: an org's last events are sent after its end.
events = sa.Table(
    "events",
    metadata,
    sa.Column("id", _ID, primary_key=True),
    sa.Column("org", _ID, nullable=False),
    sa.Column("type", Member(EventType, 60), nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("data", sa.JSON, nullable=False),
    # What may happen once only in an org; null where there is no such rule.
    sa.Column("once", sa.String(200)),
    sa.Column("is_dispatched", sa.Boolean, nullable=False),
    sa.UniqueConstraint("org", "once", name="uq_events_org_once"),
    sa.Index("ix_events_org_at", "org", "at", "id"),
)
sa.Index(
    "ix_events_waiting",
    events.c.at,
    postgresql_where=~events.c.is_dispatched,
    sqlite_where=~events.c.is_dispatched,
)

webhook_endpoints = sa.Table(
    "webhook_endpoints",
    metadata,
    sa.Column("id", _ID, primary_key=True),
    sa.Column("org", part_of(orgs), nullable=False, index=True),
    sa.Column("url", sa.String(2000), nullable=False),
    sa.Column("description", sa.String(200), nullable=False),
    sa.Column("events", sa.JSON, nullable=False),
    sa.Column("is_enabled", sa.Boolean, nullable=False),
    sa.Column("created", Moment, nullable=False),
    # In plain text: signatures need it.
    sa.Column("secret", sa.String(100), nullable=False),
    sa.Column("old_secret", sa.String(100)),
    sa.Column("old_secret_expires", Moment),
    sa.Column("failing_since", Moment),
)

webhook_deliveries = sa.Table(
    "webhook_deliveries",
    metadata,
    sa.Column("id", _ID, primary_key=True),
    sa.Column("org", _ID, nullable=False),
    sa.Column("endpoint", part_of(webhook_endpoints), nullable=False),
    sa.Column("event", _ID, nullable=False),
    sa.Column("type", Member(EventType, 60), nullable=False),
    sa.Column("created", Moment, nullable=False),
    sa.Column("status", Member(DeliveryStatus, 10), nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("next", Moment),
    sa.Column("answered", sa.Integer),
    sa.Column("problem", sa.String(300), nullable=False),
    sa.Index("ix_webhook_deliveries_endpoint", "endpoint", "created", "id"),
)
sa.Index(
    "ix_webhook_deliveries_due",
    webhook_deliveries.c.next,
    postgresql_where=webhook_deliveries.c.next.is_not(None),
    sqlite_where=webhook_deliveries.c.next.is_not(None),
)

webhook_attempts = sa.Table(
    "webhook_attempts",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("delivery", part_of(webhook_deliveries), nullable=False, index=True),
    sa.Column("at", Moment, nullable=False),
    sa.Column("took_ms", sa.Integer, nullable=False),
    sa.Column("answered", sa.Integer),
    sa.Column("problem", sa.String(300), nullable=False),
    sa.Column("response", sa.String(2000), nullable=False),
)

# Where an org has set its own.
alert_thresholds = sa.Table(
    "alert_thresholds",
    metadata,
    sa.Column("org", part_of(orgs), primary_key=True),
    sa.Column("percents", JsonTuple, nullable=False),
)

# Owners and admins who want no emails about events of an org.
alert_opt_outs = sa.Table(
    "alert_opt_outs",
    metadata,
    sa.Column("org", part_of(orgs), primary_key=True),
    sa.Column("user", part_of(users), primary_key=True, index=True),
)
