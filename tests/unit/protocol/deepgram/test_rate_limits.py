"""Rate limit headers of an admitted session."""

import attrs
import pytest

from aldea_core.domain.access.limits import Admitted, Limits, SessionKind
from aldea_core.protocol.deepgram.rate_limits import of_admitted


LIMITS = Limits(concurrent_live=5, concurrent_files=8, requests_per_minute=60, request_burst=10)


@pytest.mark.parametrize(
    ("kind", "name", "most"),
    [(SessionKind.LIVE, "concurrent_live", 5), (SessionKind.FILE, "concurrent_files", 8)],
)
def test_each_limit_has_its_headers(kind: SessionKind, name: str, most: int) -> None:
    """
    The unnamed headers are always about concurrent sessions.
    """
    assert of_admitted(LIMITS, kind, Admitted(most, 3, reset=2.5)) == {
        "RateLimit-Policy": (
            f'"{name}";q={most};qu="concurrent-requests", "requests_per_minute";q=60;w=60'
        ),
        "RateLimit": f'"{name}";r=3, "requests_per_minute";r=7;t=3',
        "X-RateLimit-Limit": str(most),
        "X-RateLimit-Remaining": "3",
        "X-RateLimit-Reset": "0",
    }


def test_absent_limit_has_no_headers() -> None:
    """
    There is nothing to say of it.
    """
    limits = attrs.evolve(LIMITS, requests_per_minute=None)
    headers = of_admitted(limits, SessionKind.LIVE, Admitted(5, 0))

    assert headers["RateLimit-Policy"] == '"concurrent_live";q=5;qu="concurrent-requests"'
    assert headers["RateLimit"] == '"concurrent_live";r=0'
    assert headers["X-RateLimit-Reset"] == "1"


def test_remaining_requests_are_whole_numbers() -> None:
    """
    However the fractions of an interval fall.
    """
    limits = Limits(requests_per_minute=7, request_burst=3)
    for came in range(1, 4):
        headers = of_admitted(
            limits, SessionKind.LIVE, Admitted(5, 0, reset=round(came * 60 / 7, 6))
        )

        assert f'"requests_per_minute";r={3 - came};' in headers["RateLimit"]
