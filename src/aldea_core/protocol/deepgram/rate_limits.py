"""
Rate limit headers.

`RateLimit-Policy` and `RateLimit` name each limit, its value and what is left of it
(draft-ietf-httpapi-ratelimit-headers-10). The older `X-RateLimit-*` have no names, so they always
refer to one limit: open sessions of the requested kind.
"""

import math

from functools import lru_cache

from aldea_core.domain.access.limits import (
    Admitted,
    LimitName,
    Limits,
    Refused,
    SessionKind,
    concurrency_name,
)
from aldea_core.domain.access.pace import interval


_RATE = LimitName.REQUESTS_PER_MINUTE
_RATE_CODE = _RATE.code
_RATES = {_RATE, LimitName.KEY_REQUESTS_PER_MINUTE}


def of_admitted(limits: Limits, kind: SessionKind, admitted: Admitted) -> dict[str, str]:
    """The headers for an admitted session."""
    policy, left, seconds = _terms(limits, kind)
    remaining, rate = str(admitted.remaining), ""
    if seconds:
        reset = admitted.reset
        of_burst = max(0, limits.request_burst - math.ceil(reset / seconds - 1e-6))
        rate = f', "{_RATE_CODE}";r={of_burst};t={math.ceil(reset)}'
    return {
        "RateLimit-Policy": policy,
        "RateLimit": left + remaining + rate,
        "X-RateLimit-Limit": str(admitted.limit),
        "X-RateLimit-Remaining": remaining,
        "X-RateLimit-Reset": "0" if admitted.remaining else "1",
    }


@lru_cache(512)
def _terms(limits: Limits, kind: SessionKind) -> tuple[str, str, float]:
    """
    The policy, how the text begins that says what is left, and the seconds between requests at the
    steady rate, 0 without one.
    """
    name = concurrency_name(kind)
    policy = _concurrency(name, limits.concurrent(kind))
    if limits.requests_per_minute is not None:
        policy += f", {_rate(limits.requests_per_minute)}"
    return policy, f'"{name.code}";r=', interval(limits.requests_per_minute).total_seconds()


def of_refused(refused: Refused) -> dict[str, str]:
    """The headers for a session refused with status 429."""
    if refused.name in _RATES:
        policy = _rate(refused.limit, refused.name)
        allowed, open_ = refused.allowed, refused.open
    else:
        policy = _concurrency(refused.name, refused.limit)
        allowed, open_ = refused.limit, refused.count
    again = refused.retry_after
    reset = "" if again is None else f";t={math.ceil(again)}"
    return {
        "RateLimit-Policy": policy,
        "RateLimit": f'"{refused.name.code}";r=0{reset}',
        "X-RateLimit-Limit": str(allowed),
        "X-RateLimit-Remaining": str(max(0, allowed - open_)),
        "X-RateLimit-Reset": str(math.ceil(again or 0)),
    }


def _concurrency(name: LimitName, limit: int) -> str:
    return f'"{name.code}";q={limit};qu="concurrent-requests"'


def _rate(limit: int, name: LimitName = _RATE) -> str:
    return f'"{name.code}";q={limit};w=60'
