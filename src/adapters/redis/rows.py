"""
Values as Redis stores them: JSON for values only Aldea reads, plain fields for
documented ones.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import msgspec

from aldea_core.domain.access.key_limits import KeyLimits
from aldea_core.domain.access.keys import KnownKey
from aldea_core.domain.access.limits import Entitlements, Limits, OrgStatus
from aldea_core.domain.ids import KeyHash, KeyId, OrgId
from aldea_core.domain.known_fields import known_fields


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
# What reading a damaged value raises, or one of another version.
UNREADABLE = (AttributeError, LookupError, TypeError, ValueError)
_KEY_FIELDS = 3  # that every key has
_FACTS = 6


def micros(at: datetime) -> int:
    """Whole microseconds since 1970. Exact, unlike seconds as a float."""
    return (at - EPOCH) // MICROSECOND


def moment(at: int) -> datetime:
    return EPOCH + timedelta(microseconds=at)


def key_text(key: KnownKey, facts: Mapping[str, Any] | None = None) -> str:
    """
    JSON of a key without its hash and org, which its place in Redis already says. What most keys
    lack comes last, and is left out if nothing comes after it.

    Args:
        facts: Further ones by their names. Readers of every version ignore those that they do not
            know.
    """
    expires = None if key.expires is None else micros(key.expires)
    limits = None if key.limits is None else attrs.asdict(key.limits)
    fields = [key.id, sorted(key.scopes), expires, key.tags or None, key.models, limits, facts]
    while len(fields) > _KEY_FIELDS and fields[-1] is None:
        fields.pop()
    return json_text(fields)


def key_of(key_hash: KeyHash, org: OrgId, text: str) -> KnownKey:
    return key_of_values(key_hash, org, msgspec.json.decode(text))


def facts_of(values: Sequence[Any]) -> Mapping[str, Any]:
    """The facts that `key_text` was given beside the key."""
    return values[_FACTS] if len(values) > _FACTS else {}


def key_of_values(key_hash: KeyHash, org: OrgId, values: Sequence[Any]) -> KnownKey:
    """The key in the decoded JSON of `key_text`."""
    key_id, scopes, expires, *more = values
    tags, models, limits = (*more, None, None, None)[:3]
    return KnownKey(
        key_hash,
        KeyId(key_id),
        org,
        frozenset(scopes),
        None if expires is None else moment(expires),
        tuple(tags or ()),
        None if models is None else tuple(models),
        None if limits is None else KeyLimits(**known_fields(KeyLimits, limits)),
    )


def entitlement_fields(entitlements: Entitlements) -> dict[str, str]:
    """The fields of the documented hash. An unlimited limit is the empty text."""
    fields = {
        name: "" if value is None else str(value)
        for name, value in attrs.asdict(entitlements.limits).items()
    }
    return {**fields, "status": entitlements.status.value, "version": str(entitlements.version)}


def lines_of(fields: Mapping[str, str]) -> str:
    """
    Fields and values as the scripts take them, one a line. No stored value
    has a line end in it.
    """
    return "".join(f"{name}\n{value}\n" for name, value in fields.items())


_LIMITS = [field.name for field in attrs.fields(Limits)]
# Field of the mirror only: present if the quota comes from a spending cap.
CAPPED_FIELD = "capped"
ENTITLEMENT_FIELDS = [*_LIMITS, "status", "version"]


def entitlements_of(fields: Mapping[str, str | None]) -> Entitlements:
    """Reads a mirror's fields. A missing limit has its default: older versions did not write it."""
    limits = {
        name: None if text == "" else int(text)
        for name in _LIMITS
        if (text := fields.get(name)) is not None
    }
    return Entitlements(
        Limits(**limits),  # type: ignore[arg-type]
        OrgStatus(fields.get("status") or "active"),
        int(fields.get("version") or 0),
        fields.get(CAPPED_FIELD) is not None,
    )


def documented_entitlements_of(fields: Mapping[str, str]) -> Entitlements:
    """Reads the documented hash, in which an absent limit means unlimited, not the default."""
    return entitlements_of({name: fields.get(name, "") for name in ENTITLEMENT_FIELDS})


def json_text(value: object) -> str:
    return _encode(value).decode()


_encode = msgspec.json.Encoder().encode
