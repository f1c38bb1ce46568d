"""What every `IdempotencyStore` promises."""

import asyncio

from tests.contract.values import NOW, after

from aldea_core.ports.idempotency import Busy, Claimed, Kept


NAME = "a" * 64
_A_MINUTE_AGO = after(-60)
ASKED, OTHER = "b" * 64, "c" * 64


async def claim(answers, who: str = "one", *, request: str = ASKED, at=NOW, stale=_A_MINUTE_AGO):
    return await answers.claim(NAME, request, who, at=at, stale=stale)


class IdempotencyStoreContract:
    """Subclasses give a fixture `answers`: empty."""

    async def test_response_is_kept_with_its_request(self, answers):
        """
        For the next caller with the same key.
        """
        assert await claim(answers) == Claimed("one")
        assert await answers.keep(NAME, "one", b"\x00answer\xff")

        assert await claim(answers, "two", request=OTHER) == Kept(ASKED, b"\x00answer\xff")

    async def test_one_of_concurrent_claims_succeeds(self, answers):
        found = await asyncio.gather(*(claim(answers, str(number)) for number in range(5)))

        assert sum(isinstance(answer, Claimed) for answer in found) == 1
        assert [answer for answer in found if isinstance(answer, Busy)] == [Busy(ASKED)] * 4

    async def test_released_claim_can_be_claimed_again(self, answers):
        """
        Only its holder can release it, and not once there is a response.
        """
        await claim(answers)
        await answers.release(NAME, "other")
        assert await claim(answers, "two") == Busy(ASKED)
        await answers.release(NAME, "one")
        assert await claim(answers, "two", request=OTHER) == Claimed("two")
        await answers.keep(NAME, "two", b"answer")
        await answers.release(NAME, "two")
        assert await claim(answers, "three") == Kept(OTHER, b"answer")

    async def test_stale_claim_is_taken_over(self, answers):
        """
        Its former holder can store no response.
        """
        await claim(answers)

        assert await claim(answers, "two", at=after(61), stale=after(1)) == Claimed("two")
        assert not await answers.keep(NAME, "one", b"late")
        assert await answers.keep(NAME, "two", b"answer")

    async def test_old_responses_are_removed(self, answers):
        """
        Newer ones are kept.
        """
        await claim(answers)
        await answers.keep(NAME, "one", b"answer")
        await answers.forget(before=NOW)
        assert await claim(answers, "two") == Kept(ASKED, b"answer")
        await answers.forget(before=after(1))
        assert await claim(answers, "two") == Claimed("two")
