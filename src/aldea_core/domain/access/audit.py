"""What was changed, by whom, from where."""

import enum

from collections.abc import Mapping
from datetime import datetime

import attrs

from aldea_core.domain.access.keys import ApiKey
from aldea_core.domain.access.limits import Limits
from aldea_core.domain.ids import OrgId


class ActorKind(enum.StrEnum):
    USER = "user"
    KEY = "key"
    NOBODY = "nobody"
    # A user who runs the platform, where only operators may do it.
    OPERATOR = "operator"
    COMMAND_LINE = "command line"
    # What a first start makes.
    SYSTEM = "system"


# Who acts for the platform, whichever org it is about.
PLATFORM = frozenset({ActorKind.OPERATOR, ActorKind.COMMAND_LINE, ActorKind.SYSTEM})


@attrs.frozen
class Actor:
    """
    Who did it.

    Attributes:
        name: What people know them by: a user's address, a key's name; kept, since they may go.
        address: Where the request came from.
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
        id: Its place in the log: later ones have higher ones. None until it is written.
        org: Whose it is; None if it is about a person alone.
        action: What was done, as `noun.verb`.
        target: What it was done to.
        before: How it was, as far as it changed, without secrets.
        after: How it is now.
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
    Which entries are meant: those of *org*, or else what was done for the platform.

    Attributes:
        actor: The id of whoever did it.
        since: From then on.
        until: Before then.
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
    """What may be told of a key."""
    return {
        "name": key.name,
        "hint": key.hint,
        "scopes": sorted(key.scopes),
        "tags": list(key.tags),
        "expires": key.expires.isoformat() if key.expires else None,
    }


def changed(before: Limits, after: Limits) -> tuple[Facts, Facts]:
    """The limits that changed, as they were and as they are."""
    old, new = attrs.asdict(before), attrs.asdict(after)
    names = [name for name in new if old[name] != new[name]]
    return {name: old[name] for name in names}, {name: new[name] for name in names}
