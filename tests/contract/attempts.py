"""What every `Attempts` promises."""

import asyncio

from datetime import timedelta

from tests.contract.values import NOW, after


MINUTE = timedelta(minutes=1)


class AttemptsContract:
    """Subclasses give a fixture `attempts`: empty."""

    async def test_attempts_are_counted(self, attempts):
        """
        By name, until the time of the first is over.
        """
        assert await attempts.count("a", within=MINUTE, at=NOW) == (1, after(60))
        assert await attempts.count("a", within=MINUTE, at=after(59)) == (2, after(60))
        assert await attempts.count("b", within=MINUTE, at=after(59)) == (1, after(119))
        assert await attempts.count("a", within=MINUTE, at=after(60)) == (1, after(120))

    async def test_all_at_once(self, attempts):
        """
        None is missed.
        """
        counted = await asyncio.gather(
            *(attempts.count("a", within=MINUTE, at=NOW) for _ in range(5))
        )

        assert sorted(count for count, _ in counted) == [1, 2, 3, 4, 5]

    async def test_what_is_over_is_swept_away(self, attempts):
        """
        And what is not goes on.
        """
        await attempts.count("a", within=MINUTE, at=NOW)
        await attempts.count("b", within=MINUTE, at=after(30))
        await attempts.sweep(at=after(60))

        assert await attempts.count("a", within=MINUTE, at=after(61)) == (1, after(121))
        assert await attempts.count("b", within=MINUTE, at=after(61)) == (2, after(90))

    async def test_what_is_forgotten_begins_anew(self, attempts):
        """
        And nothing else does.
        """
        for name in ("a", "a", "b"):
            await attempts.count(name, within=MINUTE, at=NOW)
        await attempts.forget("a")

        assert await attempts.count("a", within=MINUTE, at=after(1)) == (1, after(61))
        assert await attempts.count("b", within=MINUTE, at=after(1)) == (2, after(60))
