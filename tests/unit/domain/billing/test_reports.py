"""What is meant by a report."""

import pytest

from tests.contract.values import NOW, ORG, after

from aldea_core.domain.billing.reports import Selection, time_zone
from aldea_core.domain.errors import BadRequest


def test_a_time_that_ends_before_it_begins() -> None:
    """
    Is a mistake; one of no length is not.
    """
    with pytest.raises(BadRequest, match="end"):
        Selection(ORG, after(1), NOW)

    assert Selection(ORG, NOW, NOW)


@pytest.mark.parametrize(
    "name", ["", "Mars/Base", "../../etc/passwd", "/etc/passwd", "a\0b", "x" * 999]
)
def test_what_is_no_time_zone(name: str) -> None:
    """
    Is refused, and leads to no file.
    """
    with pytest.raises(BadRequest, match="time zone"):
        time_zone(name)


def test_time_zones() -> None:
    """
    By the names people know.
    """
    assert str(time_zone("Europe/Madrid")) == "Europe/Madrid"
