"""The audit log's entries: what changed, who changed it, and from where."""

import enum

from collections.abc import Mapping
from datetime import datetime

import attrs

from aldea_core.domain.access.keys import ApiKey
from aldea_core.domain.access.limits import Limits
from aldea_core.domain.ids import OrgId
from aldea_core.domain.times import utc


class ActorKind(enum.StrEnum):
    USER = "user"
    KEY = "key"
    NOBODY = "nobody"
    # A user with the operator role, acting on the platform.
    OPERATOR = "operator"
    COMMAND_LINE = "command line"
    # Changes made by the first start of a deployment.
    SYSTEM = "system"


# Actors that act for the platform, whichever org the change is about.
PLATFORM = frozenset({ActorKind.OPERATOR, ActorKind.COMMAND_LINE, ActorKind.SYSTEM})


@attrs.frozen
class Actor:
    """
    The user, key or process that made a change.

    Attributes:
        name: A user's address or a key's name; stored, because user or key may be deleted later.
        address: The network address that the request came from.
    """

    kind: ActorKind
    id: str = ""
    name: str = ""
    address: str = ""


Facts = Mapping[str, str | int | bool | list[str] | None]


@attrs.frozen
class AuditEntry:
    """
    One change.

    Attributes:
        id: Position in the log; later entries have higher ids. None until the entry is written.
        org: The org concerned; None if the change concerns only a user.
        action: What was done, as `noun.verb`.
        target: The id of what was changed.
        before: The changed fields' old values, without secrets.
        after: The changed fields' new values, without secrets.
    """

    at: datetime
    actor: Actor
    action: str
    org: OrgId | None = None
    target: str = ""
    before: Facts = attrs.field(factory=dict)
    after: Facts = attrs.field(factory=dict)
    request: str = ""
    id: int | None = None


@attrs.frozen
class AuditSelection:
    """
    A filter of entries: those of *org*, or if it is None, those of the platform's actors.

    Attributes:
        actor: The actor's id.
        since: Start of the period, inclusive.
        until: End of the period, exclusive.
    """

    org: OrgId | None
    action: str | None = None
    actor: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def has(self, entry: AuditEntry) -> bool:
        mine = entry.actor.kind in PLATFORM if self.org is None else entry.org == self.org
        return (
            mine
            and self.action in {None, entry.action}
            and self.actor in {None, entry.actor.id}
            and (self.since is None or entry.at >= self.since)
            and (self.until is None or entry.at < self.until)
        )


def facts_of(key: ApiKey) -> Facts:
    """The fields of a key that may be logged."""
    return {
        "name": key.name,
        "hint": key.hint,
        "scopes": sorted(key.scopes),
        "tags": list(key.tags),
        "expires_at": utc(key.expires) if key.expires else None,
        "models": None if key.models is None else list(key.models),
        **{
            f"limits.{name}": value
            for name, value in attrs.asdict(key.limits).items()
            if value is not None
        },
    }


def changed(before: Limits, after: Limits) -> tuple[Facts, Facts]:
    """The limits that changed: old values and new values."""
    old, new = attrs.asdict(before), attrs.asdict(after)
    names = [name for name in new if old[name] != new[name]]
    return {name: old[name] for name in names}, {name: new[name] for name in names}
