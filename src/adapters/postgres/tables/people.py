"""Users, their memberships, invitations, sign-ins and one-time tokens, and the audit log."""

import sqlalchemy as sa

from adapters.postgres.tables.accounts import orgs
from adapters.postgres.tables.column_types import BigId, JsonTuple, Member, Moment
from adapters.postgres.tables.metadata import metadata, part_of
from aldea_core.domain.access.audit import ActorKind
from aldea_core.domain.access.people import Role
from aldea_core.domain.access.tokens import TokenKind


_ID = sa.String(64)
_HASH = sa.String(64)
_EMAIL = sa.String(254)  # RFC 5321's longest


users = sa.Table(
    "users",
    metadata,
    sa.Column("id", _ID, primary_key=True),
    sa.Column("email", _EMAIL, nullable=False, unique=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("password", sa.String(200), nullable=False),
    sa.Column("created", Moment, nullable=False),
    sa.Column("confirmed", Moment),
    sa.Column("is_operator", sa.Boolean, nullable=False),
    sa.Column("zone", sa.String(64), nullable=False, server_default="UTC"),
    sa.Column("language", sa.String(35), nullable=False, server_default="en"),
    # The order of the list of all users.
    sa.Index("ix_users_created_id", "created", "id"),
)

second_factors = sa.Table(
    "second_factors",
    metadata,
    sa.Column("user", part_of(users), primary_key=True),
    sa.Column("secret", sa.String(64), nullable=False),
    sa.Column("created", Moment, nullable=False),
    sa.Column("confirmed", Moment),
    sa.Column("last_step", sa.BigInteger, nullable=False),
    sa.Column("recovery", JsonTuple, nullable=False),
)

email_changes = sa.Table(
    "email_changes",
    metadata,
    sa.Column("id", _ID, primary_key=True),
    sa.Column("user", part_of(users), nullable=False, unique=True),
    sa.Column("email", _EMAIL, nullable=False),
    sa.Column("expires", Moment, nullable=False),
    sa.Column("from_token", _HASH, unique=True),
    sa.Column("to_token", _HASH, unique=True),
    sa.Column("from_confirmed", sa.Boolean, nullable=False),
    sa.Column("to_confirmed", sa.Boolean, nullable=False),
)

memberships = sa.Table(
    "memberships",
    metadata,
    sa.Column("org", part_of(orgs), primary_key=True),
    sa.Column("user", part_of(users), primary_key=True, index=True),
    sa.Column("role", Member(Role, 20), nullable=False),
    sa.Column("since", Moment, nullable=False),
    # The order of paging through an org's members.
    sa.Index("ix_memberships_org_since_user", "org", "since", "user"),
)

invitations = sa.Table(
    "invitations",
    metadata,
    sa.Column("id", _ID, primary_key=True),
    sa.Column("org", part_of(orgs), nullable=False),
    sa.Column("email", _EMAIL, nullable=False),
    sa.Column("role", Member(Role, 20), nullable=False),
    sa.Column("token", _HASH, nullable=False, unique=True),
    sa.Column("invited_by", _ID),
    sa.Column("created", Moment, nullable=False),
    sa.Column("expires", Moment, nullable=False),
    sa.UniqueConstraint("org", "email"),
    # The order of paging through an org's invitations.
    sa.Index("ix_invitations_org_created_id", "org", "created", "id"),
)

sign_ins = sa.Table(
    "sign_ins",
    metadata,
    sa.Column("id", _ID, primary_key=True),
    sa.Column("user", part_of(users), nullable=False, index=True),
    sa.Column("token", _HASH, nullable=False, unique=True),
    sa.Column("created", Moment, nullable=False),
    sa.Column("expires", Moment, nullable=False),
    sa.Column("address", sa.String(64), nullable=False),
    sa.Column("agent", sa.String(200), nullable=False),
    sa.Column("last_seen", Moment),
    # Set for an operator's view of one org.
    sa.Column("org", _ID),
    # Set for a sign-in by an org's identity provider.
    sa.Column("company", _ID),
)

one_time_tokens = sa.Table(
    "errands",
    metadata,
    sa.Column("token", _HASH, primary_key=True),
    sa.Column("user", part_of(users), nullable=False, index=True),
    sa.Column("kind", Member(TokenKind, 10), nullable=False),
    sa.Column("expires", Moment, nullable=False),
)

# The outbox of emails. No foreign keys: an email says that an account or org was deleted, too.
emails = sa.Table(
    "emails",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("recipient", _EMAIL, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("token_kind", Member(TokenKind, 10)),
    sa.Column("token_owner", _ID, index=True),
    sa.Column("status", sa.String(10), nullable=False),
    sa.Column("added", Moment, nullable=False),
    # When it is sent next; once it is sent or given up, when that was.
    sa.Column("due", Moment, nullable=False),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("reason", sa.String(200), nullable=False),
    sa.Index("ix_emails_status_due", "status", "due"),
)

# No foreign keys: audit entries outlive users and orgs.
audit_log = sa.Table(
    "audit_log",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("at", Moment, nullable=False),
    sa.Column("org", _ID),
    sa.Column("actor_kind", Member(ActorKind, 20), nullable=False),
    sa.Column("actor", _ID, nullable=False),
    sa.Column("actor_name", sa.String(254), nullable=False),
    sa.Column("address", sa.String(64), nullable=False),
    sa.Column("action", sa.String(60), nullable=False),
    sa.Column("target", sa.String(254), nullable=False),
    sa.Column("before", sa.JSON, nullable=False),
    sa.Column("after", sa.JSON, nullable=False),
    sa.Column("request", _ID, nullable=False),
    sa.Index("ix_audit_log_org_id", "org", "id"),
)

answers = sa.Table(
    "answers",
    metadata,
    sa.Column("name", _HASH, primary_key=True),
    sa.Column("request", _HASH, nullable=False),
    sa.Column("claim", _ID, nullable=False),
    sa.Column("claimed", Moment, nullable=False, index=True),
    sa.Column("answer", sa.LargeBinary),
)

attempts = sa.Table(
    "attempts",
    metadata,
    sa.Column("name", sa.String(100), primary_key=True),
    sa.Column("ends", Moment, nullable=False, index=True),
)
