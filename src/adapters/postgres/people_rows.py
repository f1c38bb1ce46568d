"""Maps rows of users, memberships and sign-ins to domain values, and back."""

from typing import Any

import attrs

from sqlalchemy import RowMapping

from aldea_core.domain.access.audit import Actor, ActorKind, AuditEntry
from aldea_core.domain.access.people import Invitation, Membership, OneTimeToken, Role, SignIn, User
from aldea_core.domain.ids import InvitationId, OrgId, SignInId, TokenHash, UserId


def user_of(row: RowMapping) -> User:
    return User(
        UserId(row["id"]),
        row["email"],
        row["name"],
        row["password"],
        row["created"],
        row["confirmed"],
        row["is_operator"],
        row["zone"],
        row["language"],
    )


def user_to(user: User) -> dict[str, Any]:
    return attrs.asdict(user, recurse=False)


def membership_of(row: RowMapping) -> Membership:
    return Membership(UserId(row["user"]), OrgId(row["org"]), Role(row["role"]), row["since"])


def membership_to(membership: Membership) -> dict[str, Any]:
    return {**attrs.asdict(membership, recurse=False), "role": membership.role.value}


def invitation_of(row: RowMapping) -> Invitation:
    return Invitation(
        InvitationId(row["id"]),
        OrgId(row["org"]),
        row["email"],
        Role(row["role"]),
        TokenHash(row["token"]),
        None if row["invited_by"] is None else UserId(row["invited_by"]),
        row["created"],
        row["expires"],
    )


def invitation_to(invitation: Invitation) -> dict[str, Any]:
    return {**attrs.asdict(invitation, recurse=False), "role": invitation.role.value}


def sign_in_of(row: RowMapping) -> SignIn:
    return SignIn(
        SignInId(row["id"]),
        UserId(row["user"]),
        TokenHash(row["token"]),
        row["created"],
        row["expires"],
        row["address"],
        row["agent"],
        row["org"] and OrgId(row["org"]),
        row["last_seen"],
        row["company"] and OrgId(row["company"]),
    )


def sign_in_to(sign_in: SignIn) -> dict[str, Any]:
    return attrs.asdict(sign_in, recurse=False)


def one_time_token_to(one_time_token: OneTimeToken) -> dict[str, Any]:
    return {**attrs.asdict(one_time_token, recurse=False), "kind": one_time_token.kind.value}


def entry_of(row: RowMapping) -> AuditEntry:
    actor = Actor(
        ActorKind(row["actor_kind"]),
        row["actor"],
        row["actor_name"],
        row["address"],
    )
    return AuditEntry(
        row["at"],
        actor,
        row["action"],
        None if row["org"] is None else OrgId(row["org"]),
        row["target"],
        row["before"],
        row["after"],
        row["request"],
        row["id"],
    )


def entry_to(entry: AuditEntry) -> dict[str, Any]:
    return {
        "at": entry.at,
        "org": entry.org,
        "actor_kind": entry.actor.kind.value,
        "actor": entry.actor.id,
        "actor_name": entry.actor.name,
        "address": entry.actor.address,
        "action": entry.action,
        "target": entry.target,
        "before": dict(entry.before),
        "after": dict(entry.after),
        "request": entry.request,
    }
