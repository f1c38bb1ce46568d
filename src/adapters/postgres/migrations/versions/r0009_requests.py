"""What the ledger says of a request beside its audio, and indexes from which overviews are read."""

import sqlalchemy as sa

from alembic import op


revision = "0009"
down_revision = "0008"

_ADDED = ("reason", "first_word_ms", "features", "callbacks", "callback_delivered")
_UNBILLED = sa.text("billed_ms != audio_ms")


def upgrade() -> None:
    op.add_column(
        "usage_records", sa.Column("reason", sa.String(40), nullable=False, server_default="")
    )
    op.add_column("usage_records", sa.Column("first_word_ms", sa.BigInteger))
    op.add_column(
        "usage_records", sa.Column("features", sa.JSON, nullable=False, server_default="[]")
    )
    op.add_column(
        "usage_records", sa.Column("callbacks", sa.Integer, nullable=False, server_default="0")
    )
    op.add_column("usage_records", sa.Column("callback_delivered", sa.Boolean))
    _index(
        ["kind", "key", "model", "status", "reason", "audio_ms"],
        ["kind", "model", "audio_ms", "billed_ms"],
    )


def downgrade() -> None:
    _index(["kind", "key", "model", "status", "audio_ms"], [])
    for name in reversed(_ADDED):
        op.drop_column("usage_records", name)


def _index(reported: list[str], unbilled: list[str]) -> None:
    """Makes the two indexes anew, with the columns that PostgreSQL keeps in each."""
    op.drop_index("ix_usage_records_org_started", "usage_records")
    op.drop_index("ix_usage_records_unbilled", "usage_records")
    op.create_index(
        "ix_usage_records_org_started",
        "usage_records",
        ["org", "started", "session"],
        postgresql_include=reported,
    )
    op.create_index(
        "ix_usage_records_unbilled",
        "usage_records",
        ["org", "started"],
        postgresql_include=unbilled,
        postgresql_where=_UNBILLED,
        sqlite_where=_UNBILLED,
    )
