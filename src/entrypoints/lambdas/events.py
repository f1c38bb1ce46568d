"""The events of the Lambda functions, and the context that comes with them."""

import time

from collections.abc import Mapping
from typing import Any, Protocol, TypeVar

import attrs
import msgspec

from aldea_core.domain.errors import AldeaError
from aldea_core.domain.ids import OrgId
from aldea_core.protocol.org_message import org_id_of


_Kind = TypeVar("_Kind")


class BadEvent(AldeaError):
    """The event is malformed; the text shows what is expected."""


class Context(Protocol):
    """The part of AWS's context object that is used."""

    def get_remaining_time_in_millis(self) -> int: ...


@attrs.frozen
class LocalContext:
    """
    A context for local runs.

    Args:
        seconds: How long a run may take.
    """

    seconds: float = 900.0
    _began: float = attrs.field(factory=time.monotonic, init=False)

    def get_remaining_time_in_millis(self) -> int:
        return max(0, round((self._began + self.seconds - time.monotonic()) * 1000))


@attrs.frozen
class SeedAll:
    """
    Writes every org.

    Args:
        cursor: From the previous answer, if that was not done.
        force: Whether orphans are removed however many they are.
    """

    cursor: Mapping[str, Any] = attrs.field(factory=dict)
    force: bool = False


@attrs.frozen
class SeedSome:
    orgs: tuple[OrgId, ...]


@attrs.frozen
class Verify:
    """Compares and writes nothing."""

    cursor: Mapping[str, Any] = attrs.field(factory=dict)


def seeder_event(event: Any) -> SeedAll | SeedSome | Verify:
    """
    Raises:
        BadEvent: The event is none of the seeder's.
    """
    found: SeedAll | Verify | None = None
    match event:
        case {"seed_all": True, **rest}:
            found = _converted(rest, SeedAll)
        case {"verify": True, **rest}:
            found = _converted(rest, Verify)
        case {"org_ids": [_, *_] as orgs} if len(event) == 1:
            try:
                return SeedSome(tuple(dict.fromkeys(org_id_of(org) for org in orgs)))
            except ValueError:
                raise BadEvent("org_ids must be a list of org ids.") from None
        case _:
            pass
    if found is None:
        raise BadEvent(
            'An event of redis-seeder is {"seed_all": true}, {"org_ids": ["…"]} or '
            '{"verify": true}; the first and the last take the "cursor" of an answer that '
            "was not done.",
        )
    return found


def progress_of(cursor: Mapping[str, Any], kind: type[_Kind]) -> _Kind:
    """
    The progress that *cursor* carries.

    Raises:
        BadEvent: It is none that an answer has had.
    """
    progress = _converted(cursor, kind)
    if progress is None:
        raise BadEvent("The cursor is none of ours.")
    return progress


def _converted(fields: Mapping[Any, Any], kind: type[_Kind]) -> _Kind | None:
    """*kind* with these *fields*; None if one is not of its type, or not known."""
    known = {field.name for field in attrs.fields(kind)}  # type: ignore[arg-type]  # of attrs
    try:
        found = msgspec.convert(dict(fields), kind)
    except msgspec.ValidationError:
        return None
    return found if known >= fields.keys() else None
