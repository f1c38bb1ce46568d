"""Changing and removing members."""

import pytest

from aldea_core.domain.access.people import Membership, Role
from aldea_core.domain.errors import NotFound
from aldea_core.domain.ids import UserId
from aldea_core.use_cases.access.change_member import LastOwner, OutOfRank


async def another(people, org, role: Role):
    user = await people.signs_up(f"{role.value}@example.com")
    await people.members.put(Membership(user.id, org.id, role, people.clock.now()))
    return user


async def test_role_change_gives_old_and_new_member(people, acme):
    """
    How it was and how it is.
    """
    bob = await another(people, acme, Role.MEMBER)
    before, after = await people.change_role(acme.id, bob.id, Role.ADMIN, by=Role.ADMIN)

    assert (before.role, after.role) == (Role.MEMBER, Role.ADMIN)
    assert await people.role(acme, bob) is Role.ADMIN


@pytest.mark.parametrize(
    ("by", "of", "to"),
    [
        (Role.ADMIN, Role.OWNER, Role.ADMIN),
        (Role.ADMIN, Role.MEMBER, Role.OWNER),
        (Role.MEMBER, Role.ADMIN, Role.MEMBER),
        (Role.MEMBER, Role.MEMBER, Role.ADMIN),
    ],
)
async def test_members_of_higher_rank_cannot_be_changed(people, acme, by, of, to):
    """
    Nor may a member be raised above the actor.
    """
    bob = await another(people, acme, of)
    refused = await people.change_role(acme.id, bob.id, to, by=by)

    assert refused == OutOfRank(by)
    assert "members above" in str(refused)
    assert await people.role(acme, bob) is of


async def test_last_owner_cannot_be_demoted_or_removed(people, acme, ann):
    """
    The last one neither becomes less nor goes, until there is another.
    """
    assert await people.change_role(acme.id, ann.id, Role.ADMIN, by=Role.OWNER) == LastOwner()
    refused = await people.remove(acme.id, ann.id, by=Role.OWNER)
    assert refused == LastOwner()
    assert "needs an owner" in str(refused)

    await people.change_role(acme.id, ann.id, Role.OWNER, by=Role.OWNER)
    await another(people, acme, Role.OWNER)
    await people.change_role(acme.id, ann.id, Role.MEMBER, by=Role.OWNER)
    assert await people.role(acme, ann) is Role.MEMBER


async def test_removed_member_is_returned(people, acme):
    bob = await another(people, acme, Role.ADMIN)
    assert (await people.remove(acme.id, bob.id, by=Role.MEMBER)) == OutOfRank(Role.MEMBER)
    gone = await people.remove(acme.id, bob.id, by=Role.ADMIN)

    assert (gone.user, gone.role) == (bob.id, Role.ADMIN)
    assert await people.role(acme, bob) is None


async def test_non_member_is_not_found(people, acme):
    with pytest.raises(NotFound):
        await people.change_role(acme.id, UserId("unknown"), Role.ADMIN, by=Role.OWNER)
    with pytest.raises(NotFound):
        await people.remove(acme.id, UserId("unknown"), by=Role.OWNER)


async def test_refusal_names_the_members_who_could_own_the_org(people, acme, ann):
    """
    In the order of their addresses.
    """
    for role in (Role.MEMBER, Role.ADMIN):
        await another(people, acme, role)

    refused = await people.remove(acme.id, ann.id, by=Role.OWNER)

    assert str(refused) == (
        "An organisation needs an owner: make one of admin@example.com, member@example.com one "
        "first."
    )
    assert await people.role(acme, ann) is Role.OWNER


async def test_refusal_to_lose_the_last_owner_names_few_of_many_members(people, acme, ann):
    for number in range(30):
        user = await people.signs_up(f"member{number}@example.com")
        await people.members.put(Membership(user.id, acme.id, Role.MEMBER, people.clock.now()))
    refused = await people.remove(acme.id, ann.id, by=Role.OWNER)

    assert str(refused).count("@example.com") == 20
