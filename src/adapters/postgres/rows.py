"""Maps rows of orgs and keys to domain values, and back."""

from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from sqlalchemy import RowMapping

from aldea_core.domain.access.key_limits import KeyLimits
from aldea_core.domain.access.keys import ApiKey
from aldea_core.domain.access.limits import Limits, OrgStatus
from aldea_core.domain.access.orgs import Org
from aldea_core.domain.ids import KeyHash, KeyId, OrgId
from aldea_core.domain.known_fields import known_fields


_LIMITS = {field.name for field in attrs.fields(Limits)}


def org_of(row: RowMapping, limits: Limits) -> Org:
    return Org(
        OrgId(row["id"]),
        row["name"],
        row["created"],
        limits,
        OrgStatus(row["status"]),
        row["version"],
        row["suspension_reason"],
    )


def org_to(org: Org) -> dict[str, Any]:
    return {
        "id": org.id,
        "name": org.name,
        "created": org.created,
        "status": org.status.value,
        "version": org.version,
        "suspension_reason": org.suspension_reason,
    }


def plan_limits_of(values: Mapping[str, Any] | None) -> Limits:
    """The limits in the JSON of a plan."""
    return Limits(**known_fields(Limits, values or {}))


def limits_of(rows: Iterable[RowMapping | Mapping[str, Any]], plan: Limits) -> Limits:
    own = {row["name"]: row["value"] for row in rows if row["name"] in _LIMITS}
    return attrs.evolve(plan, **own)


def key_of(row: RowMapping) -> ApiKey:
    return ApiKey(
        KeyId(row["id"]),
        OrgId(row["org"]),
        row["name"],
        KeyHash(row["hash"]),
        row["hint"],
        row["created"],
        frozenset(row["scopes"]),
        tuple(row["tags"]),
        row["expires"],
        row["revoked"],
        row["last_used"],
        None if row["models"] is None else tuple(row["models"]),
        KeyLimits(**known_fields(KeyLimits, row["limits"] or {})),
        row["for_tokens"],
    )


def key_to(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "org": key.org,
        "name": key.name,
        "hash": key.hash,
        "hint": key.hint,
        "scopes": sorted(key.scopes),
        "tags": list(key.tags),
        "created": key.created,
        "expires": key.expires,
        "revoked": key.revoked,
        "last_used": key.last_used,
        "models": None if key.models is None else list(key.models),
        "limits": _set_limits(key.limits),
        "for_tokens": key.for_tokens,
    }


def _set_limits(limits: KeyLimits) -> dict[str, int] | None:
    """Those that a key has; None if it has none."""
    return attrs.asdict(limits, filter=lambda _, value: value is not None) or None
