"""Maps rows of orgs and keys to domain values, and back."""

from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from aldea_core.domain.access.key_limits import KeyLimits
from aldea_core.domain.access.keys import ApiKey
from aldea_core.domain.access.limits import Limits
from aldea_core.domain.access.orgs import Org
from aldea_core.domain.known_fields import known_fields


def plan_limits_of(values: Mapping[str, Any] | None) -> Limits:
    """The limits in the JSON of a plan."""
    return Limits(**known_fields(Limits, values or {}))


def org_of(row: Mapping[Any, Any], own: Mapping[str, int | None], plan: Limits) -> Org:
    """
    Args:
        own: The org's own limits by name.
        plan: The limits of its plan.
    """
    limits = attrs.evolve(plan, **known_fields(Limits, own))
    return Org(**known_fields(Org, row), limits=limits)


def key_of(*, scopes: Iterable[str], limits: Mapping[str, Any] | None, **columns: Any) -> ApiKey:
    known = KeyLimits(**known_fields(KeyLimits, limits or {}))
    return ApiKey(scopes=frozenset(scopes), limits=known, **columns)


def key_to(key: ApiKey) -> dict[str, Any]:
    own = attrs.asdict(key.limits, filter=lambda _, value: value is not None)
    return {
        **attrs.asdict(key, recurse=False),
        "scopes": sorted(key.scopes),
        "limits": own or None,
    }
