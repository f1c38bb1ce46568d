"""The usage ledger with its sums by hour and day, and counts of refused requests."""

from typing import Any

import sqlalchemy as sa

from adapters.postgres.tables.column_types import JsonTuple, Member, Moment
from adapters.postgres.tables.metadata import metadata
from aldea_core.domain.access.limits import SessionKind


usage_records = sa.Table(
    "usage_records",
    metadata,
    sa.Column("session", sa.String(64), primary_key=True),
    sa.Column("org", sa.String(64), nullable=False),
    sa.Column("key", sa.String(64), nullable=False),
    sa.Column("kind", Member(SessionKind, 10), nullable=False),
    sa.Column("started", Moment, nullable=False),
    sa.Column("ended", Moment, nullable=False),
    sa.Column("audio_ms", sa.BigInteger, nullable=False),
    sa.Column("channels", sa.Integer, nullable=False),
    sa.Column("status", sa.Integer, nullable=False),
    sa.Column("model", sa.String(200), nullable=False),
    sa.Column("language", sa.String(40), nullable=False),
    sa.Column("tags", JsonTuple, nullable=False),
    sa.Column("final", sa.Boolean, nullable=False),
    sa.Column("reason", sa.String(40), nullable=False, server_default=""),
    sa.Column("first_word_ms", sa.BigInteger),
    sa.Column("features", JsonTuple, nullable=False, server_default="[]"),
    sa.Column("callbacks", sa.Integer, nullable=False, server_default="0"),
    sa.Column("callback_delivered", sa.Boolean),
    # How much of the session invoices have billed. Recording usage does not change it.
    sa.Column("billed_ms", sa.BigInteger, nullable=False, server_default="0"),
)

# A covering index for reports: PostgreSQL need not read the table.
sa.Index(
    "ix_usage_records_org_started",
    usage_records.c.org,
    usage_records.c.started,
    usage_records.c.session,
    postgresql_include=["kind", "key", "model", "status", "reason", "audio_ms"],
)
_UNBILLED = usage_records.c.billed_ms != usage_records.c.audio_ms
sa.Index(
    "ix_usage_records_unbilled",
    usage_records.c.org,
    usage_records.c.started,
    postgresql_include=["kind", "model", "audio_ms", "billed_ms"],
    postgresql_where=_UNBILLED,
    sqlite_where=_UNBILLED,
)


def _rollup(name: str, *more: sa.Column[Any]) -> sa.Table:
    """The ledger added up by UTC hour and by UTC day; triggers keep it (`migrations/usage_rollups.py`)."""
    return sa.Table(
        name,
        metadata,
        sa.Column("org", sa.String(64), primary_key=True),
        sa.Column("unit", sa.String(4), primary_key=True),
        sa.Column("began", Moment, primary_key=True),
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("kind", Member(SessionKind, 10), primary_key=True),
        sa.Column("model", sa.String(200), primary_key=True),
        sa.Column("status", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("reason", sa.String(40), primary_key=True),
        # Whether the sessions have no audio to bill.
        sa.Column("is_silent", sa.Boolean, primary_key=True),
        *more,
        sa.Column("sessions", sa.BigInteger, nullable=False),
        sa.Column("audio_ms", sa.BigInteger, nullable=False),
    )


usage_rollup = _rollup("usage_rollup")
# By lists of tags too: the list as text, and what identifies it in the primary key.
usage_tag_rollup = _rollup(
    "usage_tag_rollup",
    sa.Column("tags_id", sa.Text, primary_key=True),
    sa.Column("tags", sa.Text, nullable=False),
)

# How often a limit refused a key, by days in UTC.
refusals = sa.Table(
    "refusals",
    metadata,
    sa.Column("org", sa.String(64), primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("reason", sa.String(40), primary_key=True),
    sa.Column("count", sa.BigInteger, nullable=False),
)
