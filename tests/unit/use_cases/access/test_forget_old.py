"""Expired data is removed."""

from datetime import timedelta

from adapters.memory.clock import ManualClock
from adapters.memory.idempotency import MemoryIdempotencyStore
from adapters.memory.rate_limiter import MemoryRateLimiter
from aldea_core.domain.access.pace import Pace
from aldea_core.ports.idempotency import Claimed, Kept
from aldea_core.use_cases.access.forget_old import ANSWERS_KEPT, ForgetOld


ONCE_AN_HOUR = Pace(1, timedelta(hours=1))


async def test_old_idempotency_entries_and_rate_limits_are_removed():
    """
    Not before they are old.
    """
    clock, answers, attempts = ManualClock(), MemoryIdempotencyStore(), MemoryRateLimiter()
    forget = ForgetOld(answers, attempts, clock)
    began = clock.now()
    await answers.claim("name", "request", "one", at=began, stale=began)
    await answers.keep("name", "one", b"answer")
    await attempts.take("name", ONCE_AN_HOUR, at=began)
    await forget()
    kept = await answers.claim("name", "request", "two", at=began, stale=began)
    clock.advance(ANSWERS_KEPT.total_seconds() + 1)
    await forget()

    assert kept == Kept("request", b"answer")
    assert attempts._full == {}
    assert await answers.claim("name", "request", "two", at=began, stale=began) == Claimed("two")
