"""Orgs that operators create for others."""

import pytest

from tests.servers.people import ANN, DETAILS

from aldea_core.domain.access.people import Role
from aldea_core.domain.errors import BadRequest, Conflict
from aldea_core.domain.ids import UserId
from aldea_core.use_cases.access.create_org_for import CreateOrgFor, InviteOwner


@pytest.fixture
def create_org_for(people):
    return CreateOrgFor(people.create_org, InviteOwner(people.invite))


async def test_named_owner_is_invited(people, create_org_for):
    """
    By the command line too, which is no user; who follows the email owns the org.
    """
    org, invitation = await create_org_for("Acme", "Ann@example.com", by=None)
    assert (invitation.org, invitation.email, invitation.role) == (org.id, ANN, Role.OWNER)
    await people.sign_up(ANN, DETAILS, invitation=await people.token())

    ann = await people.users.of_email(ANN)
    assert await people.role(org, ann) is Role.OWNER


async def test_org_without_a_named_owner_has_none(people, create_org_for):
    org, invitation = await create_org_for("  Acme ", None, by=UserId("operator"))

    assert (org.name, invitation) == ("Acme", None)
    assert await people.sent() == []


async def test_refused_address_leaves_no_org(people, create_org_for):
    """
    In the transaction in which the caller runs it.
    """
    with pytest.raises(BadRequest):
        async with people.transaction.about("platform"):
            await create_org_for("Acme", "no address", by=None)
    assert people.accounts.orgs() == []


async def test_owner_who_is_a_member_is_not_invited_again(people, create_org_for):
    ann = await people.signs_up()
    with pytest.raises(Conflict, match="member already"):
        await create_org_for.invite_owner(await people.org_of(ann), ANN, by=None)
