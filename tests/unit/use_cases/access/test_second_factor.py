"""Signing in with a second factor."""

import asyncio

from contextvars import Context

import attrs
import pytest

from tests.servers.people import ANN, PASSWORD

from adapters.memory.one_time_codes import code_of
from adapters.memory.second_factors import MemorySecondFactors
from aldea_core.domain.access.second_factor import RECOVERY_CODES
from aldea_core.domain.errors import BadRequest, Conflict, NotFound, TooManyAttempts
from aldea_core.domain.ids import UserId
from aldea_core.use_cases.access.reset_second_factor import ResetSecondFactor
from aldea_core.use_cases.access.sign_in import CHALLENGE_LASTS, Challenge


def code(people, secret: str, *, steps: int = 0) -> str:
    """The code that the app shows so many steps from now."""
    return code_of(secret, int(people.clock.now().timestamp()) // 30 + steps)


async def enrolled(people, ann) -> tuple[str, list[str]]:
    """The secret and the recovery codes, once the code that confirmed it is past."""
    made = await people.second_factor.enrol(ann, PASSWORD)
    recovery = await people.second_factor.confirm(ann, code(people, made.secret))
    people.clock.advance(60)
    return made.secret, recovery


async def challenged(people) -> str:
    begun = await people.begin(ANN, PASSWORD)
    assert isinstance(begun, Challenge)
    return begun.token.reveal()


async def test_password_and_code_sign_in(people, ann):
    secret, _ = await enrolled(people, ann)
    challenge = await challenged(people)
    signed_in, token = await people.complete(challenge, code(people, secret), agent="browser")

    assert (signed_in.user, signed_in.sign_in.agent) == (ann, "browser")
    assert (await people.find_signed_in(token.reveal())).user == ann
    with pytest.raises(BadRequest, match="begin again"):
        await people.complete(challenge, code(people, secret, steps=1))


async def test_challenge_is_no_sign_in(people, ann):
    await enrolled(people, ann)
    assert await people.find_signed_in(await challenged(people)) is None
    assert list(await people.sign_ins.of_user(ann.id, at=people.clock.now())) == []


async def test_code_is_taken_once(people, ann):
    """
    Nor is one of an earlier step.
    """
    secret, _ = await enrolled(people, ann)
    now = code(people, secret)
    assert await people.complete(await challenged(people), now) is not None

    again = await challenged(people)
    for past in (now, code(people, secret, steps=-1)):
        assert await people.complete(again, past) is None
    assert await people.complete(again, code(people, secret, steps=1)) is not None


async def test_code_that_confirmed_signs_no_one_in(people, ann):
    made = await people.second_factor.enrol(ann, PASSWORD)
    confirming = code(people, made.secret)
    await people.second_factor.confirm(ann, confirming)

    assert await people.complete(await challenged(people), confirming) is None


@pytest.mark.parametrize("steps", [-2, 2])
async def test_codes_of_other_times_are_refused(people, ann, steps):
    secret, _ = await enrolled(people, ann)
    assert (
        await people.complete(await challenged(people), code(people, secret, steps=steps)) is None
    )


async def test_recovery_code_is_taken_once(people, ann):
    """
    However it is spelled.
    """
    _, recovery = await enrolled(people, ann)
    assert len(set(recovery)) == RECOVERY_CODES
    spelled = f" {recovery[0].upper().replace('-', ' ')} "
    assert await people.complete(await challenged(people), spelled) is not None
    assert await people.complete(await challenged(people), recovery[0]) is None
    assert await people.complete(await challenged(people), recovery[1]) is not None


async def test_new_recovery_codes_replace_the_old_ones(people, ann):
    _, old = await enrolled(people, ann)
    new = await people.second_factor.renew_recovery(ann, PASSWORD)

    assert await people.complete(await challenged(people), old[0]) is None
    assert await people.complete(await challenged(people), new[0]) is not None


async def test_challenge_expires(people, ann):
    secret, _ = await enrolled(people, ann)
    challenge = await challenged(people)
    people.clock.advance(CHALLENGE_LASTS.total_seconds())
    for text in (challenge, "junk"):
        with pytest.raises(BadRequest, match="begin again"):
            await people.complete(text, code(people, secret))


async def test_new_password_ends_challenges(people, ann):
    secret, _ = await enrolled(people, ann)
    challenge = await challenged(people)
    await people.change(ann, PASSWORD, "staple in the battery")

    with pytest.raises(BadRequest):
        await people.complete(challenge, code(people, secret))


async def test_codes_cannot_be_guessed_at_will(people, ann):
    """
    A new challenge does not help.
    """
    await enrolled(people, ann)
    with pytest.raises(TooManyAttempts):
        for _ in range(20):
            assert await people.complete(await challenged(people), "000000") is None


async def test_unconfirmed_factor_is_not_asked_for(people, ann):
    """
    A wrong code confirms none; enrolling again replaces the secret.
    """
    first = await people.second_factor.enrol(ann, PASSWORD)
    with pytest.raises(BadRequest, match="present code"):
        await people.second_factor.confirm(ann, "000000")
    assert not isinstance(await people.begin(ANN, PASSWORD), Challenge)

    second = await people.second_factor.enrol(ann, PASSWORD)
    assert first.secret != second.secret
    await people.second_factor.confirm(ann, code(people, second.secret))
    with pytest.raises(Conflict):
        await people.second_factor.enrol(ann, PASSWORD)


async def test_disabled_factor_is_not_asked_for(people, ann):
    """
    It takes the password.
    """
    await enrolled(people, ann)
    with pytest.raises(BadRequest) as wrong:
        await people.second_factor.disable(ann, "wrong")
    assert wrong.value.field == "password"
    await people.second_factor.disable(ann, PASSWORD)

    assert not isinstance(await people.begin(ANN, PASSWORD), Challenge)
    for refused in (people.second_factor.disable, people.second_factor.renew_recovery):
        with pytest.raises(Conflict):
            await refused(ann, PASSWORD)
    with pytest.raises(Conflict):
        await people.second_factor.confirm(ann, "000000")


async def test_challenge_ends_with_the_factor_that_it_asks_for(people, ann):
    """
    Disabled in another tab: the password signs in again, without a code.
    """
    secret, _ = await enrolled(people, ann)
    challenge = await challenged(people)
    await people.second_factor.disable(ann, PASSWORD)

    with pytest.raises(BadRequest, match="begin again") as refused:
        await people.complete(challenge, code(people, secret))
    assert refused.value.field == "challenge"


async def test_sign_in_is_seen(people, ann):
    """
    To five minutes.
    """
    _, token = await people.begin(ANN, PASSWORD)
    for seconds in (0, 60, 600):
        people.clock.advance(seconds)
        await people.find_signed_in(token.reveal())
    (sign_in,) = await people.sign_ins.of_user(ann.id, at=people.clock.now())

    assert sign_in.last_seen == people.clock.now()


async def test_operator_turns_off_a_lost_second_factor(people, ann):
    """
    The user then signs in with the password alone.
    """
    reset = ResetSecondFactor(people.users, people.second_factors, people.transaction)
    with pytest.raises(Conflict, match="no second factor"):
        await reset(ann.id)
    await enrolled(people, ann)

    assert await reset(ann.id) == ann

    assert not isinstance(await people.begin(ANN, PASSWORD), Challenge)
    with pytest.raises(NotFound):
        await reset(UserId("unknown"))


@pytest.mark.parametrize("by", ["the user", "an operator"])
async def test_second_factor_that_is_turned_off_during_a_sign_in_stays_off(people, ann, by):
    secret, _ = await enrolled(people, ann)
    reset = ResetSecondFactor(people.users, people.second_factors, people.transaction)
    off = reset(ann.id) if by == "an operator" else people.second_factor.disable(ann, PASSWORD)
    turned_off = []

    class Meanwhile(MemorySecondFactors):
        of_user = staticmethod(people.second_factors.of_user)

        async def put(self, factor):
            turned_off.append(asyncio.create_task(off, context=Context()))
            await asyncio.wait(turned_off, timeout=0.05)
            await people.second_factors.put(factor)

    complete = attrs.evolve(people.complete, second_factors=Meanwhile())
    assert await complete(await challenged(people), code(people, secret)) is not None
    await turned_off[0]

    assert await people.second_factors.of_user(ann.id) is None
