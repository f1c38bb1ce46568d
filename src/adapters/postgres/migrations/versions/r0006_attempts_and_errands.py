"""
The rate limiter stores times instead of counts; a user may have several one-time tokens of a kind.

Rows of the rate limiter last minutes and are dropped. One-time tokens that were sent stay valid.
"""

from collections.abc import Callable

import sqlalchemy as sa

from alembic import op


revision = "0006"
down_revision = "0005"

_MOMENT = sa.DateTime(timezone=True)
_HASH = sa.String(64)
_ERRANDS = sa.table(
    "errands",
    *(sa.column(name, sa.String()) for name in ("user", "kind", "token")),
    sa.column("expires", _MOMENT),
)


def upgrade() -> None:
    _make_attempts_anew()
    _keeping_errands(_add_errands)


def downgrade() -> None:
    _make_attempts_anew(sa.Column("count", sa.Integer, nullable=False))
    _keeping_errands(_add_one_errand_of_a_kind)


def _make_attempts_anew(*columns: sa.Column[int]) -> None:
    op.drop_table("attempts")
    op.create_table(
        "attempts",
        sa.Column("name", sa.String(100), nullable=False),
        *columns,
        sa.Column("ends", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_attempts"),
    )
    op.create_index("ix_attempts_ends", "attempts", ["ends"])


def _keeping_errands(add: Callable[[], None]) -> None:
    """
    Recreates the table. Where only one token per user and kind is allowed, the one that expires
    last is kept.
    """
    connection = op.get_bind()
    rows = connection.execute(sa.select(_ERRANDS).order_by(_ERRANDS.c.expires)).mappings().all()
    op.drop_table("errands")
    add()
    kept = {
        (row["user"], row["kind"], row["token"] if add is _add_errands else ""): dict(row)
        for row in rows
    }
    if kept:
        connection.execute(_ERRANDS.insert(), list(kept.values()))


def _add_errands() -> None:
    op.create_table(
        "errands",
        sa.Column("token", _HASH, nullable=False),
        sa.Column("user", _HASH, nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("expires", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("token", name="pk_errands"),
        _reference(),
    )
    op.create_index("ix_errands_user", "errands", ["user"])


def _add_one_errand_of_a_kind() -> None:
    op.create_table(
        "errands",
        sa.Column("user", _HASH, nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("token", _HASH, nullable=False),
        sa.Column("expires", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("user", "kind", name="pk_errands"),
        sa.UniqueConstraint("token", name="uq_errands_token"),
        _reference(),
    )


def _reference() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["user"], ["users.id"], name="fk_errands_user_users", ondelete="CASCADE"
    )
