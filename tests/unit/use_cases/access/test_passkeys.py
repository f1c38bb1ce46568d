"""Passkeys: registered, used alone or after the password, and removed."""

import attrs
import pytest

from tests.servers.people import PASSWORD
from tests.unit.use_cases.access.test_second_factor import challenged, enrolled

from aldea_core.domain.access.ceremonies import CEREMONY_LASTS
from aldea_core.domain.access.passkeys import MOST_PASSKEYS
from aldea_core.domain.errors import BadRequest, Conflict, NotFound
from aldea_core.domain.ids import PasskeyId
from aldea_core.use_cases.access.sign_in import CHALLENGE_LASTS


def answer(begun, id_: str = "phone", *, count: int = 1, verified: bool = True) -> dict:
    challenge = begun.options["challenge"]
    return {"id": id_, "challenge": challenge, "count": count, "is_verified": verified}


async def registered(people, user, id_: str = "phone"):
    begun = await people.manage_passkeys.begin(user, PASSWORD)
    made = answer(begun, id_)
    return await people.manage_passkeys.register(user, begun.token.reveal(), "My phone", made)


async def signed_in(people, begun, **more):
    return await people.by_passkey.complete(begun.token.reveal(), answer(begun, **more))


async def test_passkey_signs_in_alone(people, ann):
    """
    Its use is noted. A second factor is not asked for.
    """
    await enrolled(people, ann)
    made = await registered(people, ann)
    signed, token = await signed_in(people, await people.by_passkey.begin(), count=4)

    assert signed.user == ann
    assert (await people.find_signed_in(token.reveal())).user == ann
    (known,) = await people.passkeys.of_user(ann.id)
    assert (known.id, known.name, known.credential.count) == (made.id, "My phone", 4)
    assert known.last_used == people.clock.now()


async def test_password_is_asked_for_before_a_registration(people, ann):
    with pytest.raises(BadRequest, match="not your password"):
        await people.manage_passkeys.begin(ann, "another one")


async def test_ceremony_is_used_once(people, ann):
    """
    And within ten minutes, by its own user, for its own purpose.
    """
    begun = await people.manage_passkeys.begin(ann, PASSWORD)
    bob = await people.signs_up("bob@example.com")
    with pytest.raises(BadRequest, match="begin again"):
        await people.manage_passkeys.register(bob, begun.token.reveal(), "x", answer(begun))
    with pytest.raises(BadRequest, match="begin again"):
        await people.manage_passkeys.register(ann, begun.token.reveal(), "x", answer(begun))
    late = await people.by_passkey.begin()
    with pytest.raises(BadRequest, match="begin again"):
        await people.manage_passkeys.register(ann, late.token.reveal(), "x", answer(late))
    people.clock.advance(CEREMONY_LASTS.total_seconds())
    with pytest.raises(BadRequest, match="begin again"):
        await signed_in(people, late)


async def test_answer_to_another_challenge_is_refused(people, ann):
    await registered(people, ann)
    one, other = await people.by_passkey.begin(), await people.by_passkey.begin()

    with pytest.raises(BadRequest, match="not accepted"):
        await people.by_passkey.complete(one.token.reveal(), answer(other))


async def test_copied_or_unknown_passkey_is_refused(people, ann):
    """
    A copy counts less than the original.
    """
    await registered(people, ann)
    await signed_in(people, await people.by_passkey.begin(), count=5)
    with pytest.raises(BadRequest, match="not accepted"):
        await signed_in(people, await people.by_passkey.begin(), count=5)
    with pytest.raises(BadRequest, match="not known"):
        await signed_in(people, await people.by_passkey.begin(), id_="other")


async def test_passkey_alone_needs_a_verified_user(people, ann):
    """
    After the password it does not: it is the second factor.
    """
    await enrolled(people, ann)
    await registered(people, ann)
    with pytest.raises(BadRequest, match="not accepted"):
        await signed_in(people, await people.by_passkey.begin(), verified=False)
    challenge = await challenged(people)
    begun = await people.by_passkey.begin(challenge)
    assert begun.options["known"] == ["phone"]
    signed, _ = await signed_in(people, begun, verified=False, count=2)

    assert signed.user == ann
    with pytest.raises(BadRequest, match="no passkey"):
        await people.by_passkey.begin(challenge)


async def test_passkey_of_another_is_no_second_factor(people, ann):
    bob = await people.signs_up("bob@example.com")
    await registered(people, bob, "bobs")
    await enrolled(people, ann)
    challenge = await challenged(people)
    with pytest.raises(BadRequest, match="no passkey"):
        await people.by_passkey.begin(challenge)
    with pytest.raises(BadRequest, match="no passkey"):
        await people.by_passkey.begin("nonsense")
    await registered(people, ann)
    begun = await people.by_passkey.begin(challenge)

    with pytest.raises(BadRequest, match="not known"):
        await signed_in(people, begun, id_="bobs")


async def test_challenge_that_expired_meanwhile_is_refused(people, ann):
    await enrolled(people, ann)
    await registered(people, ann)
    begun = await people.by_passkey.begin(await challenged(people))
    people.clock.advance(CHALLENGE_LASTS.total_seconds())

    with pytest.raises(BadRequest, match="begin again"):
        await signed_in(people, begun)


async def test_removed_passkey_is_refused(people, ann):
    made = await registered(people, ann)
    begun = await people.by_passkey.begin()
    bob = await people.signs_up("bob@example.com")
    with pytest.raises(NotFound):
        await people.manage_passkeys.remove(bob.id, made.id)
    removed = await people.manage_passkeys.remove(ann.id, made.id)

    assert removed == made
    with pytest.raises(BadRequest, match="not known"):
        await signed_in(people, begun)
    with pytest.raises(NotFound):
        await people.manage_passkeys.remove(ann.id, PasskeyId("x"))


class GoneSoon:
    """Has each passkey once."""

    def __init__(self, passkeys):
        self.passkeys, self.seen = passkeys, set()

    async def of_credential(self, credential):
        known = None if credential in self.seen else await self.passkeys.of_credential(credential)
        self.seen.add(credential)
        return known


async def test_other_passkeys_stay(people, ann):
    """
    Of the same user, whichever is removed; another user's cannot be.
    """
    phone, laptop = [await registered(people, ann, name) for name in ("phone", "laptop")]
    bob = await people.signs_up("bob@example.com")
    with pytest.raises(NotFound):
        await people.manage_passkeys.remove(bob.id, phone.id)

    assert (await people.manage_passkeys.remove(ann.id, laptop.id)).id == laptop.id
    assert [one.id for one in await people.passkeys.of_user(ann.id)] == [phone.id]
    laptop = await registered(people, ann, "laptop")
    await people.manage_passkeys.remove(ann.id, phone.id)
    assert [one.id for one in await people.passkeys.of_user(ann.id)] == [laptop.id]


async def test_passkey_that_is_removed_meanwhile_is_refused(people, ann):
    await registered(people, ann)
    begun = await people.by_passkey.begin()
    sign_in = attrs.evolve(people.by_passkey, passkeys=GoneSoon(people.passkeys))

    with pytest.raises(BadRequest, match="not known"):
        await sign_in.complete(begun.token.reveal(), answer(begun))


async def test_credential_is_registered_once_and_their_number_is_bounded(people, ann):
    await registered(people, ann)
    with pytest.raises(Conflict, match="already"):
        await registered(people, ann)
    early = await people.manage_passkeys.begin(ann, PASSWORD)
    for number in range(MOST_PASSKEYS - 1):
        await registered(people, ann, f"key {number}")

    with pytest.raises(Conflict, match="at most"):
        await people.manage_passkeys.begin(ann, PASSWORD)
    with pytest.raises(Conflict, match="at most"):  # begun when there was room
        late = answer(early, "one more")
        await people.manage_passkeys.register(ann, early.token.reveal(), "One more", late)
