"""Alerts: at which shares of a quota or spending cap an org is warned, and who gets emails."""

from collections.abc import Iterable

import attrs

from aldea_core.domain.errors import BadRequest
from aldea_core.domain.ids import UserId


# In per cent.
DEFAULT_THRESHOLDS = (50, 80, 100)
MOST_THRESHOLDS = 10


@attrs.frozen
class AlertSettings:
    """
    Attributes:
        thresholds: In per cent, ascending; empty for no warnings.
        without_emails: Owners and admins who want no emails about events.
    """

    thresholds: tuple[int, ...] = DEFAULT_THRESHOLDS
    without_emails: frozenset[UserId] = frozenset()


def proper_thresholds(percents: Iterable[int]) -> tuple[int, ...]:
    """
    *percents* without doubles, ascending.

    Raises:
        BadRequest: There are too many, or one is not from 1 to 100.
    """
    thresholds = tuple(sorted(set(percents)))
    if len(thresholds) > MOST_THRESHOLDS or any(not 1 <= each <= 100 for each in thresholds):
        raise BadRequest(
            f"Thresholds are at most {MOST_THRESHOLDS} whole numbers from 1 to 100.",
            field="thresholds",
        )
    return thresholds


def reached(used: int, allowed: int, thresholds: Iterable[int]) -> list[int]:
    """Those of *thresholds* that *used* has reached of *allowed*. None if nothing is allowed."""
    return [each for each in thresholds if allowed > 0 and used * 100 >= allowed * each]
