"""What every `AttemptLimiter` promises."""

import asyncio

from datetime import timedelta

from tests.contract.values import NOW, after

from aldea_core.domain.access.pace import Pace


TWICE = Pace(2, timedelta(seconds=60))
NONE = timedelta(0)


class AttemptLimiterContract:
    """Subclasses give a fixture `attempts`: empty."""

    async def test_attempts_are_limited_by_name(self, attempts):
        """
        Two at once, then one a minute. A refused attempt uses no tokens.
        """
        assert await attempts.take("a", TWICE, at=NOW) == NONE
        assert await attempts.take("a", TWICE, at=NOW) == NONE
        for _ in range(3):
            assert await attempts.take("a", TWICE, at=after(20)) == timedelta(seconds=40)
        assert await attempts.take("b", TWICE, at=after(20)) == NONE
        assert await attempts.take("a", TWICE, at=after(60)) == NONE
        assert await attempts.take("a", TWICE, at=after(61)) == timedelta(seconds=59)

    async def test_concurrent_attempts_do_not_pass_the_limit(self, attempts):
        """
        No more are let through than may be.
        """
        waits = await asyncio.gather(*(attempts.take("a", TWICE, at=NOW) for _ in range(5)))

        assert sorted(waits) == [NONE] * 2 + [timedelta(seconds=60)] * 3

    async def test_limits_hold_on_when_the_clock_is_set_back(self, attempts):
        """
        By an hour: no attempt waits for it.
        """
        for _ in range(2):
            await attempts.take("a", TWICE, at=after(3600))
        waits = [await attempts.take("a", TWICE, at=NOW) for _ in range(3)]

        assert waits == [NONE, NONE, timedelta(seconds=60)]

    async def test_expired_limits_are_removed(self, attempts):
        """
        Others stay.
        """
        await attempts.take("a", TWICE, at=NOW)
        for _ in range(2):
            await attempts.take("b", TWICE, at=after(30))
        await attempts.sweep(at=after(60))

        assert await attempts.take("a", TWICE, at=after(61)) == NONE
        assert await attempts.take("b", TWICE, at=after(61)) == timedelta(seconds=29)

    async def test_reset_limit_starts_anew(self, attempts):
        """
        Others stay.
        """
        for name in ("a", "a", "b", "b"):
            await attempts.take(name, TWICE, at=NOW)
        await attempts.forget("a")

        assert await attempts.take("a", TWICE, at=after(1)) == NONE
        assert await attempts.take("b", TWICE, at=after(1)) == timedelta(seconds=59)
