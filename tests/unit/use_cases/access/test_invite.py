"""Invitations."""

import attrs
import pytest

from tests.servers.people import ANN, token_in

from adapters.memory.members import MemoryInvitations
from aldea_core.domain.access.people import Membership, Role
from aldea_core.domain.errors import BadRequest, Conflict, NotFound, TooManyAttempts
from aldea_core.domain.ids import InvitationId, OrgId
from aldea_core.use_cases.access.change_member import OutOfRank
from aldea_core.use_cases.access.invite import ACCEPT_WITHIN


BOB = "bob@example.com"


async def asked_in(people, org, role=Role.MEMBER, email=BOB):
    made = await people.invite(org, email, role, by=Role.OWNER, inviter=None)
    return made, await people.token()


async def test_accepted_invitation_gives_its_role_once(people, acme):
    bob = await people.signs_up(BOB)
    _, token = await asked_in(people, acme, Role.ADMIN, "Bob@Example.com")
    membership = await people.accept(bob, token)

    assert (membership.org, membership.role) == (acme.id, Role.ADMIN)
    assert await people.role(acme, bob) is Role.ADMIN
    with pytest.raises(BadRequest):
        await people.accept(bob, token)


async def test_invitation_is_for_one_address(people, acme):
    """
    Other accounts are refused, and it stays valid.
    """
    eve, bob = await people.signs_up("eve@example.com"), await people.signs_up(BOB)
    _, token = await asked_in(people, acme)
    with pytest.raises(BadRequest, match="not for you"):
        await people.accept(eve, token)

    assert (await people.accept(bob, token)).user == bob.id


async def test_invitation_expires(people, acme):
    """
    After seven days; malformed tokens are never valid.
    """
    bob = await people.signs_up(BOB)
    _, token = await asked_in(people, acme)
    people.clock.advance(ACCEPT_WITHIN.total_seconds())

    for text in (token, "junk"):
        with pytest.raises(BadRequest):
            await people.accept(bob, text)


async def test_old_invitation_does_not_change_a_members_role(people, acme):
    bob = await people.signs_up(BOB)
    _, token = await asked_in(people, acme)
    await people.members.put(Membership(bob.id, acme.id, Role.ADMIN, people.clock.now()))

    assert (await people.accept(bob, token)).role is Role.ADMIN
    assert await people.role(acme, bob) is Role.ADMIN


async def test_one_of_two_concurrent_acceptances_succeeds(people, acme):
    """
    The invitation went with the other.
    """
    bob = await people.signs_up(BOB)
    made, token = await asked_in(people, acme)

    class Slow(MemoryInvitations):
        async def of_token(self, _):
            return made

    accept = attrs.evolve(people.accept, invitations=Slow())
    with pytest.raises(BadRequest, match="already"):
        await accept(bob, token)


async def test_member_cannot_be_invited(people, acme, ann):
    with pytest.raises(Conflict, match="a member already"):
        await asked_in(people, acme, email=ANN)


async def test_invitation_says_who_invites(people, acme, ann):
    """
    In its email, and to its reader.
    """
    await people.invite(acme, BOB, Role.ADMIN, by=Role.OWNER, inviter=ann.id)
    (email,) = await people.sent()
    shown = await people.show(token_in(email))

    assert f"{ann.name} ({ANN}) invites you to join Acme as admin" in email.text
    assert (shown.org.name, shown.invitation.role, shown.by) == ("Acme", Role.ADMIN, ann)
    assert (shown.invitation.email, shown.has_account) == (BOB, False)


async def test_invitation_by_a_key_names_no_user(people, acme):
    await people.signs_up(BOB)
    _, token = await asked_in(people, acme)
    shown = await people.show(token)

    assert (shown.by, shown.has_account) == (None, True)
    assert "You are invited" in (await people.sent())[0].text


async def test_invitation_that_was_sent_again_has_another_token(people, acme):
    """
    It is open for another seven days.
    """
    bob = await people.signs_up(BOB)
    made, first = await asked_in(people, acme)
    people.clock.advance(ACCEPT_WITHIN.total_seconds())
    again = await people.invite.again(acme, made.id)
    second = await people.token()

    assert again.expires == people.clock.now() + ACCEPT_WITHIN
    with pytest.raises(BadRequest):
        await people.accept(bob, first)
    assert (await people.accept(bob, second)).org == acme.id


async def test_invitation_that_is_withdrawn_meanwhile_is_not_sent_again(people, acme):
    """
    Nor is it there again.
    """
    made, _ = await asked_in(people, acme)
    invitations = Withdrawn()
    await invitations.add(made)
    with pytest.raises(NotFound):
        await attrs.evolve(people.invite, invitations=invitations).again(acme, made.id)

    assert list(await invitations.of_org(acme.id)) == []
    assert len(await people.subjects()) == 1


class Withdrawn(MemoryInvitations):
    """Whatever was found is withdrawn before it is used."""

    async def find(self, org, invitation):
        found = await super().find(org, invitation)
        await self.remove(org, invitation)
        return found


async def test_invitation_is_not_sent_again_too_often(people, acme):
    made, _ = await asked_in(people, acme)
    for _ in range(3):
        await people.invite.again(acme, made.id)
    with pytest.raises(TooManyAttempts):
        await people.invite.again(acme, made.id)
    with pytest.raises(NotFound):
        await people.invite.again(acme, InvitationId("unknown"))


async def test_declined_invitation_is_gone(people, acme):
    """
    Whom its email reached declines it, without an account.
    """
    made, token = await asked_in(people, acme)
    assert (await people.decline(token)).id == made.id

    assert list(await people.invitations.of_org(acme.id)) == []
    for text in (token, "junk"):
        with pytest.raises(BadRequest):
            await people.decline(text)


@pytest.mark.parametrize(
    ("by", "role"),
    [(Role.ADMIN, Role.OWNER), (Role.MEMBER, Role.ADMIN), (Role.MEMBER, Role.OWNER)],
)
async def test_invitation_above_own_role_is_refused(people, acme, by, role):
    """
    No email is sent.
    """
    assert await people.invite(acme, BOB, role, by=by, inviter=None) == OutOfRank(by)
    assert await people.subjects() == []


async def test_withdrawn_invitation_is_invalid(people, acme):
    """
    Only its own org may withdraw it.
    """
    bob = await people.signs_up(BOB)
    made, token = await asked_in(people, acme)
    with pytest.raises(NotFound):
        await people.withdraw(OrgId("other"), made.id)
    with pytest.raises(NotFound):
        await people.withdraw(acme.id, InvitationId("other"))
    assert (await people.withdraw(acme.id, made.id)).id == made.id

    with pytest.raises(BadRequest):
        await people.accept(bob, token)
