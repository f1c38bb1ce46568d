"""Users, memberships, invitations, sign-ins and the audit log."""

import sqlalchemy as sa

from alembic import op


revision = "0003"
down_revision = "0002"

_MOMENT = sa.DateTime(timezone=True)
_ID = sa.String(64)
_HASH = sa.String(64)
_EMAIL = sa.String(254)


def upgrade() -> None:
    _add_people()
    _add_what_they_hold()
    op.create_table(
        "audit_log",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("org", _ID),
        sa.Column("actor_kind", sa.String(20), nullable=False),
        sa.Column("actor", _ID, nullable=False),
        sa.Column("actor_name", _EMAIL, nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("action", sa.String(60), nullable=False),
        sa.Column("target", sa.String(254), nullable=False),
        sa.Column("before", sa.JSON, nullable=False),
        sa.Column("after", sa.JSON, nullable=False),
        sa.Column("request", _ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_log"),
    )
    op.create_index("ix_audit_log_org_id", "audit_log", ["org", "id"])
    op.create_table(
        "answers",
        sa.Column("name", _HASH, nullable=False),
        sa.Column("request", _HASH, nullable=False),
        sa.Column("claim", _ID, nullable=False),
        sa.Column("claimed", _MOMENT, nullable=False),
        sa.Column("answer", sa.LargeBinary),
        sa.PrimaryKeyConstraint("name", name="pk_answers"),
    )
    op.create_index("ix_answers_claimed", "answers", ["claimed"])
    op.create_table(
        "attempts",
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("ends", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_attempts"),
    )
    op.create_index("ix_attempts_ends", "attempts", ["ends"])


def _add_people() -> None:
    op.create_table(
        "users",
        sa.Column("id", _ID, nullable=False),
        sa.Column("email", _EMAIL, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("password", sa.String(200), nullable=False),
        sa.Column("created", _MOMENT, nullable=False),
        sa.Column("confirmed", _MOMENT),
        sa.Column("is_operator", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("email", name="uq_users_email"),
    )
    op.create_table(
        "memberships",
        sa.Column("org", _ID, nullable=False),
        sa.Column("user", _ID, nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("since", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("org", "user", name="pk_memberships"),
        _reference("memberships", "org", "orgs"),
        _reference("memberships", "user", "users"),
    )
    op.create_index("ix_memberships_user", "memberships", ["user"])
    op.create_table(
        "invitations",
        sa.Column("id", _ID, nullable=False),
        sa.Column("org", _ID, nullable=False),
        sa.Column("email", _EMAIL, nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("token", _HASH, nullable=False),
        sa.Column("invited_by", _ID),
        sa.Column("created", _MOMENT, nullable=False),
        sa.Column("expires", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_invitations"),
        sa.UniqueConstraint("token", name="uq_invitations_token"),
        sa.UniqueConstraint("org", "email", name="uq_invitations_org"),
        _reference("invitations", "org", "orgs"),
    )


def _add_what_they_hold() -> None:
    op.create_table(
        "sign_ins",
        sa.Column("id", _ID, nullable=False),
        sa.Column("user", _ID, nullable=False),
        sa.Column("token", _HASH, nullable=False),
        sa.Column("created", _MOMENT, nullable=False),
        sa.Column("expires", _MOMENT, nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("agent", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sign_ins"),
        sa.UniqueConstraint("token", name="uq_sign_ins_token"),
        _reference("sign_ins", "user", "users"),
    )
    op.create_index("ix_sign_ins_user", "sign_ins", ["user"])
    op.create_table(
        "errands",
        sa.Column("user", _ID, nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("token", _HASH, nullable=False),
        sa.Column("expires", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("user", "kind", name="pk_errands"),
        sa.UniqueConstraint("token", name="uq_errands_token"),
        _reference("errands", "user", "users"),
    )


def _reference(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{to}.id"], name=f"fk_{table}_{column}_{to}", ondelete="CASCADE"
    )


def downgrade() -> None:
    for table in (
        "attempts",
        "answers",
        "audit_log",
        "errands",
        "sign_ins",
        "invitations",
        "memberships",
        "users",
    ):
        op.drop_table(table)
