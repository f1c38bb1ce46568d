"""An org's limits, and the refusals that name them."""

from datetime import UTC, datetime, timedelta

import attrs
import pytest

from hypothesis import given
from hypothesis import strategies as st

from aldea_core.domain.access.limits import (
    Admitted,
    Counts,
    Entitlements,
    LimitName,
    Limits,
    OrgStatus,
    Refused,
    SessionKind,
    decide,
)


NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def entitlements(**limits: int | None) -> Entitlements:
    return Entitlements(attrs.evolve(Limits(requests_per_minute=None), **limits))


def test_sessions_up_to_the_limit_are_admitted() -> None:
    """
    A limit of ten is ten, not nine.
    """
    ten = entitlements(concurrent_live=10)

    assert decide(ten, SessionKind.LIVE, Counts(open=9), at=NOON) == Admitted(10, 0)


@pytest.mark.parametrize(
    ("kind", "name"),
    [(SessionKind.LIVE, LimitName.CONCURRENT_LIVE), (SessionKind.FILE, LimitName.CONCURRENT_FILES)],
)
def test_session_beyond_the_limit_is_refused(kind: SessionKind, name: LimitName) -> None:
    """
    The refusal names the limit, its value and the count.
    """
    ten = entitlements(concurrent_live=10, concurrent_files=10)
    refused = decide(ten, kind, Counts(open=10), at=NOON)

    assert refused == Refused(name, 10, 10, retry_after=1)
    assert str(refused) == (
        f"Too many {name}: the limit is 10, 10 are open. Try again in 1 second."
    )


def test_suspended_org_is_refused_first() -> None:
    """
    Suspension is checked before all limits, and no Retry-After is given.
    """
    suspended = Entitlements(Limits(concurrent_live=0), OrgStatus.SUSPENDED)
    refused = decide(suspended, SessionKind.LIVE, Counts(), at=NOON)

    assert refused == Refused(LimitName.SUSPENSION, 0, 0)
    assert str(refused) == "This organisation is suspended."


def test_reached_quota_is_refused() -> None:
    """
    The message is in seconds.
    """
    hour = entitlements(quota_ms=3_600_000)
    assert isinstance(decide(hour, SessionKind.FILE, Counts(used_ms=3_599_999), at=NOON), Admitted)

    refused = decide(hour, SessionKind.FILE, Counts(used_ms=3_600_500), at=NOON)

    assert refused == Refused(LimitName.QUOTA, 3_600_000, 3_600_500)
    assert str(refused) == "The monthly quota is used up: 3600.5 of 3600 seconds of audio."


class TestRate:
    def test_rate_admits_a_burst_then_one_per_interval(self) -> None:
        """
        60 a minute with a burst of 3: three at once, then one a second.
        """
        limits = Limits(requests_per_minute=60, request_burst=3)
        arrival, admitted = None, []
        for second in range(4):
            at = NOON + timedelta(seconds=second)
            for _ in range(4):
                answer = decide(
                    Entitlements(limits), SessionKind.LIVE, Counts(arrival=arrival), at=at
                )
                admitted.append(isinstance(answer, Admitted))
                if admitted[-1]:
                    arrival = at + timedelta(seconds=answer.reset)

        assert [sum(admitted[n : n + 4]) for n in range(0, 16, 4)] == [3, 1, 1, 1]

    def test_retry_after_is_long_enough(self) -> None:
        """
        A retry at that time is admitted.
        """
        limits = Limits(requests_per_minute=6, request_burst=1)
        arrival = NOON + timedelta(seconds=10)
        refused = decide(
            Entitlements(limits), SessionKind.LIVE, Counts(4, arrival=arrival), at=NOON
        )

        assert refused == Refused(
            LimitName.REQUESTS_PER_MINUTE, 6, 1, retry_after=10, burst=1, open=4, allowed=10
        )
        assert str(refused) == (
            "Too many requests: the limit is 6 requests per minute, 1 at once; 1 are counted. "
            "Try again in 10 seconds."
        )
        later = NOON + timedelta(seconds=10)
        assert isinstance(
            decide(Entitlements(limits), SessionKind.LIVE, Counts(arrival=arrival), at=later),
            Admitted,
        )

    def test_rate_of_0_admits_nothing(self) -> None:
        """
        Also with a burst of 0; no Retry-After is given.
        """
        for limits in (Limits(requests_per_minute=0), Limits(request_burst=0)):
            refused = decide(Entitlements(limits), SessionKind.LIVE, Counts(), at=NOON)

            assert isinstance(refused, Refused)
            assert refused.retry_after is None
            assert "Try again" not in str(refused)

    @given(st.lists(st.floats(0, 5), max_size=60), st.integers(1, 600), st.integers(1, 10))
    def test_admissions_never_exceed_burst_and_rate(
        self, gaps: list[float], rate: int, burst: int
    ) -> None:
        """
        In any stretch of time.
        """
        limits = Limits(requests_per_minute=rate, request_burst=burst, concurrent_live=10**9)
        at, arrival, admitted = NOON, None, []
        for gap in gaps:
            at += timedelta(seconds=gap)
            answer = decide(Entitlements(limits), SessionKind.LIVE, Counts(arrival=arrival), at=at)
            if isinstance(answer, Admitted):
                arrival = at + timedelta(seconds=answer.reset)
                admitted.append(at)
        for n, first in enumerate(admitted):
            for m in range(n, len(admitted)):
                seconds = (admitted[m] - first).total_seconds()
                assert m - n + 1 <= burst + seconds * rate / 60 + 1e-3
