"""Clear away what has had its time: answers that were kept, and attempts that were counted."""

from datetime import timedelta

import attrs

from aldea_core.ports.clock import Clock
from aldea_core.ports.idempotency import IdempotencyStore
from aldea_core.ports.rate_limiter import RateLimiter


ANSWERS_KEPT = timedelta(hours=24)


@attrs.frozen
class ForgetOld:
    answers: IdempotencyStore
    attempts: RateLimiter
    clock: Clock

    async def __call__(self) -> None:
        """
        Raises:
            Unavailable: The database does not answer; next time, then.
        """
        now = self.clock.now()
        await self.answers.forget(before=now - ANSWERS_KEPT)
        await self.attempts.sweep(at=now)
