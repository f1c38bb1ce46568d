"""What was changed, by whom, from where."""

import enum

from collections.abc import Mapping
from datetime import datetime

import attrs

from aldea_core.domain.ids import OrgId
from aldea_core.domain.keys import ApiKey
from aldea_core.domain.limits import Limits


class ActorKind(enum.StrEnum):
    USER = "user"
    KEY = "key"
    NOBODY = "nobody"
    COMMAND_LINE = "command line"


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
