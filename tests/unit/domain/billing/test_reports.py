"""Parameters of usage reports."""

import pytest

from tests.contract.values import NOW, ORG, after

from aldea_core.domain.billing.reports import Grouping, Selection, time_name, time_zone
from aldea_core.domain.errors import BadRequest


def test_end_before_start_is_refused() -> None:
    """
    An empty range is allowed.
    """
    with pytest.raises(BadRequest, match="end"):
        Selection(ORG, after(1), NOW)

    assert Selection(ORG, NOW, NOW)


@pytest.mark.parametrize(
    "name", ["", "Mars/Base", "../../etc/passwd", "/etc/passwd", "a\0b", "x" * 999]
)
def test_invalid_time_zone_is_refused(name: str) -> None:
    """
    It cannot name a file outside the zone database.
    """
    with pytest.raises(BadRequest, match="time zone"):
        time_zone(name)


def test_iana_time_zones_are_accepted() -> None:
    assert str(time_zone("Europe/Madrid")) == "Europe/Madrid"


@pytest.mark.parametrize("grouping", Grouping)
def test_only_groups_by_time_are_named_by_a_time(grouping: Grouping) -> None:
    if grouping.is_time:
        assert time_name(NOW, grouping, time_zone("UTC"))
    else:
        with pytest.raises(ValueError, match="no length of time"):
            time_name(NOW, grouping, time_zone("UTC"))
