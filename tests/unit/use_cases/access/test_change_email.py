"""Changing the address of an account."""

import attrs
import pytest

from tests.servers.people import ANN, PASSWORD, People, token_in

from adapters.memory.email_changes import MemoryEmailChanges
from aldea_core.domain.access.emails import WantedToken
from aldea_core.domain.access.tokens import TokenKind
from aldea_core.domain.errors import BadRequest, Conflict
from aldea_core.use_cases.access.change_email import CHANGE_WITHIN


NEW = "ann@new.example"


async def tokens(people) -> tuple[str, str]:
    """Of the newest emails to the old and to the new address."""
    sent = {email.to: token_in(email) for email in await people.sent()}
    return sent[ANN], sent[NEW]


@pytest.mark.parametrize("order", [1, -1])
async def test_both_addresses_confirm(people, ann, order):
    """
    In any order; the first one changes nothing.
    """
    await people.request_email_change(ann, " Ann@New.example", PASSWORD)
    first, second = (await tokens(people))[::order]
    _, change = await people.confirm_email_change(first)
    assert not change.is_complete
    assert await people.begin(ANN, PASSWORD) is not None
    before, change = await people.confirm_email_change(second)

    assert (before.email, change.is_complete) == (ANN, True)
    assert await people.begin(ANN, PASSWORD) is None
    assert (await people.begin(NEW, PASSWORD))[0].user.id == ann.id
    assert (await people.sent())[-1].to == ANN
    assert (await people.subjects())[-1] == "Your address was changed"
    for token in (first, second):
        with pytest.raises(BadRequest, match="used already"):
            await people.confirm_email_change(token)


async def test_one_address_twice_does_not_complete_it(people, ann):
    await people.request_email_change(ann, NEW, PASSWORD)
    _, new = await tokens(people)
    for _ in range(2):
        assert not (await people.confirm_email_change(new))[1].is_complete
    assert await people.users.of_email(NEW) is None


async def test_wrong_password_sends_no_email(people, ann):
    with pytest.raises(BadRequest) as wrong:
        await people.request_email_change(ann, NEW, "wrong")
    assert wrong.value.field == "password"
    assert await people.subjects() == []


async def test_own_address_is_a_conflict(people, ann):
    with pytest.raises(Conflict):
        await people.request_email_change(ann, ANN.upper(), PASSWORD)


async def test_taken_address_is_known_to_its_reader_only(people, ann):
    """
    The answer is the same, and the change can not be completed.
    """
    await people.signs_up(NEW)
    change = await people.request_email_change(ann, NEW, PASSWORD)
    sent = await people.sent()
    await people.confirm_email_change(token_in(sent[0]))

    assert change.email == NEW
    assert [(email.to, "#" in email.text) for email in sent] == [(ANN, True), (NEW, False)]
    assert (await people.users.of_email(NEW)).id != ann.id


async def test_address_that_is_taken_meanwhile_is_refused(people, ann):
    await people.request_email_change(ann, NEW, PASSWORD)
    old, new = await tokens(people)
    await people.confirm_email_change(old)
    await people.signs_up(NEW)
    with pytest.raises(BadRequest, match="has an account"):
        await people.confirm_email_change(new)

    assert (await people.users.of_email(ANN)).id == ann.id


async def test_pending_account_gives_way():
    people = People(is_confirmed=False)
    ann = await people.opens(ANN)
    await people.signs_up(NEW)
    await people.sent()
    await people.request_email_change(ann, NEW, PASSWORD)
    for token in await tokens(people):
        await people.confirm_email_change(token)

    assert (await people.users.of_email(NEW)).id == ann.id


async def test_second_change_ends_the_first(people, ann):
    """
    An email to a mistyped address that still waits confirms nothing.
    """
    await people.request_email_change(ann, "typo@new.example", PASSWORD)
    await people.request_email_change(ann, NEW, PASSWORD)

    assert [email.to for email in await people.sent()] == [ANN, NEW]
    for token in await tokens(people):
        await people.confirm_email_change(token)
    assert (await people.users.of_email(NEW)).id == ann.id


async def test_change_expires(people, ann):
    await people.request_email_change(ann, NEW, PASSWORD)
    old, new = await tokens(people)
    await people.confirm_email_change(old)
    people.clock.advance(CHANGE_WITHIN.total_seconds())

    with pytest.raises(BadRequest, match="too old"):
        await people.confirm_email_change(new)


async def test_new_password_ends_the_change(people, ann):
    """
    An attacker who knew the old one may have asked for it.
    """
    await people.request_email_change(ann, NEW, PASSWORD)
    old, new = await tokens(people)
    await people.change(ann, PASSWORD, "staple in the battery")

    for token in (old, new):
        with pytest.raises(BadRequest):
            await people.confirm_email_change(token)


async def test_completed_change_ends_reset_tokens(people, ann):
    """
    They were sent to the old address.
    """
    await people.request_reset(ANN)
    reset = await people.token()
    await people.request_email_change(ann, NEW, PASSWORD)
    for token in await tokens(people):
        await people.confirm_email_change(token)

    with pytest.raises(BadRequest):
        await people.reset(reset, "staple in the battery")
    assert attrs.asdict(await people.users.of_email(NEW))["password"] == ann.password


async def test_change_that_ends_while_its_email_is_made_is_not_there_again(people, ann):
    """
    As by a new password.
    """

    class Ending(MemoryEmailChanges):
        async def find(self, change):
            found = await super().find(change)
            await self.remove(ann.id)
            return found

    changes = Ending()
    issue_token = attrs.evolve(people.send_emails.issue_token, email_changes=changes)
    change = await people.request_email_change(ann, NEW, PASSWORD)
    await changes.put(change)
    assert await issue_token(WantedToken(TokenKind.CHANGE_TO, change.id)) is None

    assert await changes.of_user(ann.id) is None
