"""What every `RateLimiter` promises."""

import asyncio

from datetime import timedelta

from tests.contract.values import NOW, after

from aldea_core.domain.access.pace import Pace


TWICE = Pace(2, timedelta(seconds=60))
NONE = timedelta(0)


class RateLimiterContract:
    """Subclasses give a fixture `attempts`: empty."""

    async def test_attempts_are_paced(self, attempts):
        """
        By name: two at once, then one a minute. What is refused takes nothing.
        """
        assert await attempts.take("a", TWICE, at=NOW) == NONE
        assert await attempts.take("a", TWICE, at=NOW) == NONE
        for _ in range(3):
            assert await attempts.take("a", TWICE, at=after(20)) == timedelta(seconds=40)
        assert await attempts.take("b", TWICE, at=after(20)) == NONE
        assert await attempts.take("a", TWICE, at=after(60)) == NONE
        assert await attempts.take("a", TWICE, at=after(61)) == timedelta(seconds=59)

    async def test_all_at_once(self, attempts):
        """
        No more are let through than may be.
        """
        waits = await asyncio.gather(*(attempts.take("a", TWICE, at=NOW) for _ in range(5)))

        assert sorted(waits) == [NONE] * 2 + [timedelta(seconds=60)] * 3

    async def test_what_is_over_is_swept_away(self, attempts):
        """
        And what is not goes on.
        """
        await attempts.take("a", TWICE, at=NOW)
        for _ in range(2):
            await attempts.take("b", TWICE, at=after(30))
        await attempts.sweep(at=after(60))

        assert await attempts.take("a", TWICE, at=after(61)) == NONE
        assert await attempts.take("b", TWICE, at=after(61)) == timedelta(seconds=29)

    async def test_what_is_forgotten_begins_anew(self, attempts):
        """
        And nothing else does.
        """
        for name in ("a", "a", "b", "b"):
            await attempts.take(name, TWICE, at=NOW)
        await attempts.forget("a")

        assert await attempts.take("a", TWICE, at=after(1)) == NONE
        assert await attempts.take("b", TWICE, at=after(1)) == timedelta(seconds=59)
