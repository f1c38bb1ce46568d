"""Deleting an account."""

import pytest

from tests.servers.people import ANN, PASSWORD

from aldea_core.domain.access.audit import Actor, ActorKind, AuditEntry, AuditSelection
from aldea_core.domain.access.people import Membership, Role
from aldea_core.domain.errors import BadRequest
from aldea_core.use_cases.access.delete_account import OwnsOrgs


BOB = "bob@example.com"


async def joins(people, org, role: Role, email: str = BOB):
    bob = await people.signs_up(email)
    await people.members.put(Membership(bob.id, org.id, role, people.clock.now()))
    own = await people.members.of_user(bob.id)
    for membership in own:
        if membership.org != org.id:
            await people.members.remove(membership.org, bob.id)
    return bob


async def test_deleted_account_is_gone(people, ann, acme):
    """
    Its sign-ins, its memberships and the tokens of its emails too. Its name leaves the audit log.
    """
    bob = await joins(people, acme, Role.ADMIN)
    _, token = await people.begin(BOB, PASSWORD)
    await people.request_reset(BOB)
    entry = AuditEntry(people.clock.now(), Actor(ActorKind.USER, bob.id, BOB), "k.made", acme.id)
    await people.audit.write([entry])
    assert await people.delete_account(bob, PASSWORD) is None

    assert await people.users.of_email(BOB) is None
    assert await people.find_signed_in(token.reveal()) is None
    assert await people.role(acme, bob) is None
    assert await people.subjects() == ["Your account was deleted"]
    (kept,) = await people.audit.read(AuditSelection(acme.id))
    assert kept.actor == Actor(ActorKind.USER, bob.id)


async def test_last_owner_is_refused(people, ann, acme):
    """
    And learns who could become an owner.
    """
    await joins(people, acme, Role.ADMIN)
    refused = await people.delete_account(ann, PASSWORD)

    assert refused == OwnsOrgs([("Acme", (BOB,))])
    assert "make one of bob@example.com an owner" in str(refused)
    assert await people.users.of_email(ANN) == ann


async def test_only_member_is_refused(people, ann, acme):
    refused = await people.delete_account(ann, PASSWORD)

    assert "delete it, or invite another owner" in str(refused)
    assert await people.role(acme, ann) is Role.OWNER


async def test_wrong_password_deletes_no_account(people, ann):
    with pytest.raises(BadRequest) as wrong:
        await people.delete_account(ann, "wrong")
    assert wrong.value.field == "password"
    assert await people.users.of_email(ANN) == ann
