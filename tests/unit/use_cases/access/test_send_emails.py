"""Emails of the outbox are sent at least once, with tokens that are made then."""

import attrs
import pytest

from tests.servers.people import ANN, DETAILS, PASSWORD, People, token_in

from aldea_core.domain.access.emails import TRIED_FOR, Email, pause_after
from aldea_core.domain.access.people import Role
from aldea_core.domain.errors import Unavailable
from aldea_core.ports.email_outbox import OutboxState
from aldea_core.ports.emails import EmailSender, Undeliverable
from aldea_core.use_cases.access.send_emails import CLAIMED_FOR


class Failing(EmailSender):
    def __init__(self, error: Exception) -> None:
        self.error = error

    async def send(self, email: Email) -> None:
        raise self.error


async def sent_by(people, error: Exception) -> int:
    return await attrs.evolve(people.send_emails, emails=Failing(error))()


async def test_waiting_email_holds_no_token(people):
    await people.signs_up()
    await people.request_reset(ANN)
    waiting = await people.outbox.claim(at=people.clock.now(), until=people.clock.now())

    assert "rst_" not in waiting.email.text
    assert "rst_" in (await people.sent())[0].text


async def test_email_of_a_dead_process_is_sent_again(people):
    """
    Sent and not marked: the second one has a token of its own, and both are valid.
    """
    await people.signs_up()
    await people.request_reset(ANN)
    with pytest.raises(KeyboardInterrupt):
        await sent_by(people, KeyboardInterrupt())
    assert await people.sent() == []

    people.clock.advance(CLAIMED_FOR.total_seconds())
    assert (await people.reset(await people.token(), "staple in the battery")).email == ANN


async def test_failed_attempts_are_repeated_with_growing_pauses(people):
    """
    Until a day has passed.
    """
    await people.outbox.add(Email("bob@example.com", "One", "First."), at=people.clock.now())
    attempts = 0
    while (await people.outbox.state()).waiting:
        assert await sent_by(people, Unavailable("mail server")) == 1
        attempts += 1
        assert await people.send_emails() == 0  # not due yet
        people.clock.advance(pause_after(attempts).total_seconds())

    assert await people.outbox.state() == OutboxState(0, None, 1)
    assert TRIED_FOR / pause_after(99) < attempts < 40
    assert await people.sent() == []


def test_pauses_grow_up_to_an_hour():
    pauses = [pause_after(failures).total_seconds() for failures in (1, 2, 3, 6, 7, 99)]
    assert pauses == [5, 15, 45, 1215, 3600, 3600]


async def test_undeliverable_email_is_given_up_at_once(people):
    await people.outbox.add(Email("bob@example.com", "One", "First."), at=people.clock.now())
    await people.outbox.add(Email("bob@example.com", "Two", "Second."), at=people.clock.now())
    await sent_by(people, Undeliverable("SMTPRecipientsRefused 550"))

    assert await people.subjects() == ["Two"]
    assert (await people.outbox.state()).failed == 1


async def test_changed_password_withdraws_waiting_reset_emails(people):
    """
    A token that is made after the change would outlive it.
    """
    ann = await people.signs_up()
    await people.request_reset(ANN)
    await people.change(ann, PASSWORD, "staple in the battery")

    assert await people.subjects() == ["Your password was changed"]


async def test_password_change_between_claim_and_token_withdraws_the_email(people):
    ann = await people.signs_up()
    await people.request_reset(ANN)

    class Slow:
        async def claim(self, *, at, until):
            waiting = await people.outbox.claim(at=at, until=until)
            await people.change(ann, PASSWORD, "staple in the battery")
            return waiting

        def __getattr__(self, name):
            return getattr(people.outbox, name)

    await attrs.evolve(people.send_emails, outbox=Slow())()
    assert await people.subjects() == ["Your password was changed"]


async def test_withdrawn_invitation_sends_no_email(people):
    ann = await people.signs_up()
    org = await people.org_of(ann)
    made = await people.invite(org, "bob@example.com", Role.MEMBER, by=Role.OWNER, inviter=ann.id)
    await people.withdraw(org.id, made.id)

    assert await people.subjects() == []
    assert await people.outbox.state() == OutboxState(0, None, 0)


async def test_confirmed_account_gets_no_confirmation_email():
    """
    The other emails of its user are sent.
    """
    people = People(is_confirmed=False)
    await people.signs_up()
    token = await people.token()
    await people.signs_up()
    await people.confirm(token, DETAILS)
    await people.request_reset(ANN)

    assert await people.subjects() == ["Confirm your address", "Choose another password"]


async def test_token_goes_where_the_email_says(people):
    """
    Not into a name that has the same character.
    """
    ann = await people.signs_up()
    org = attrs.evolve(await people.org_of(ann), name="A\x1aB")
    await people.invite(org, "bob@example.com", Role.MEMBER, by=Role.OWNER, inviter=ann.id)

    (email,) = await people.sent()
    assert "A\x1aB" in email.text
    assert token_in(email).startswith("inv_")


async def test_reset_email_asked_for_during_the_deletion_is_not_sent(people):
    """
    It was added after the deletion had withdrawn the account's emails.
    """
    ann = await people.signs_up()
    (membership,) = await people.members.of_user(ann.id)
    await people.members.remove(membership.org, ann.id)
    late = people.request_reset.email_templates.reset(ann.email, ann.id)
    await people.delete_account(ann, PASSWORD)
    await people.outbox.add(late, at=people.clock.now())

    assert await people.subjects() == ["Your account was deleted"]
    assert await people.outbox.state() == OutboxState(0, None, 0)
