"""Refusals of sessions, counted by key, limit and day."""

from datetime import date

import attrs

from aldea_core.domain.ids import KeyId, OrgId


@attrs.frozen
class Refusals:
    """
    How often a key was refused for a reason on a day (UTC).

    Attributes:
        reason: The code of a `limits.LimitName`.
    """

    org: OrgId
    key: KeyId
    day: date
    reason: str
    count: int
