"""Calendar months."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from hypothesis import given
from hypothesis import strategies as st

from aldea_core.domain.billing.months import Month
from aldea_core.domain.errors import BadRequest


MONTHS = st.builds(Month, st.integers(2000, 9000), st.integers(1, 12))


def test_month_is_in_utc() -> None:
    """
    Whatever the clock's time zone.
    """
    there = timezone(timedelta(hours=2))

    assert Month.of(datetime(2026, 11, 1, 1, tzinfo=there)) == Month(2026, 10)


@given(MONTHS)
def test_months_are_consecutive(month: Month) -> None:
    """
    Without a gap; their names sort in order.
    """
    assert month.ends == month.next.begins
    assert month.next.previous == month
    assert month < month.next
    assert str(month) < str(month.next)
    assert Month.parse(str(month)) == month
    assert Month.of(month.ends - timedelta(microseconds=1)) == month


def test_month_in_words() -> None:
    assert Month(2026, 12).words == "December 2026"
    assert Month(2026, 12).begins == datetime(2026, 12, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-13", "2026-1", "1999-01", "２０２６-01", "9999-12"]
)
def test_invalid_month_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(BadRequest, match="2026-10"):
        Month.parse(text)
