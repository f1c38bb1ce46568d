"""Signing up, and confirming an address."""

import pytest

from tests.servers.people import ANN, PASSWORD, People

from aldea_core.domain.errors import BadRequest
from aldea_core.domain.people import Role
from aldea_core.use_cases.sign_up import CONFIRM_WITHIN


@pytest.fixture
def people():
    return People(is_confirmed=False)


class TestSignUp:
    async def test_makes_an_account_and_an_org(self, people):
        """
        The org is theirs.
        """
        ann = await people.signs_up(" Ann@Example.com")
        org = await people.org_of(ann)

        assert (ann.email, ann.confirmed) == (ANN, None)
        assert (org.name, await people.role(org, ann)) == ("Acme", Role.OWNER)
        assert people.subjects() == ["Confirm your address"]

    async def test_opens_once_the_address_is_confirmed(self, people):
        """
        By the letter's token, once.
        """
        await people.signs_up()
        assert await people.begin(ANN, PASSWORD) is None
        token = people.token()
        confirmed = await people.confirm(token)

        assert confirmed.confirmed == people.clock.now()
        assert await people.begin(ANN, PASSWORD) is not None
        with pytest.raises(BadRequest, match="used already"):
            await people.confirm(token)

    async def test_where_letters_are_not_read(self):
        """
        It opens at once.
        """
        people = People(is_confirmed=True)
        await people.signs_up()

        assert await people.begin(ANN, PASSWORD) is not None
        assert people.subjects() == []

    async def test_a_known_address_is_told_by_letter_alone(self, people):
        """
        The account stays as it is, whatever password came along.
        """
        await people.signs_up()
        await people.confirm(people.token())
        await people.sign_up(ANN, "another password", "Eve", "Evil")

        assert people.subjects()[1:] == ["You have an account already"]
        assert (await people.users.of_email(ANN)).name == "Somebody"
        assert await people.begin(ANN, "another password") is None
        assert len(people.accounts.orgs()) == 1

    async def test_whoever_lost_the_letter_gets_another(self, people):
        """
        The first one's token is good for nothing then.
        """
        await people.signs_up()
        first = people.token()
        await people.signs_up()

        assert people.subjects() == ["Confirm your address"] * 2
        with pytest.raises(BadRequest):
            await people.confirm(first)
        assert (await people.confirm(people.token())).email == ANN

    async def test_a_letter_gets_old(self, people):
        """
        After three days.
        """
        await people.signs_up()
        people.clock.advance(CONFIRM_WITHIN.total_seconds())

        with pytest.raises(BadRequest, match="too old"):
            await people.confirm(people.token())

    @pytest.mark.parametrize("token", ["", "cnf_", "rst_" + "a" * 43, "cnf_" + "a" * 43])
    async def test_a_token_that_is_none(self, people, token):
        """
        Confirms nothing.
        """
        with pytest.raises(BadRequest) as wrong:
            await people.confirm(token)
        assert wrong.value.field == "token"

    async def test_names_must_be_some(self, people):
        """
        Both of them.
        """
        with pytest.raises(BadRequest):
            await people.sign_up(ANN, PASSWORD, " ", "Acme")
        with pytest.raises(BadRequest):
            await people.sign_up(ANN, PASSWORD, "Ann", " ")
        assert await people.users.of_email(ANN) is None


class TestWithAnInvitation:
    async def test_the_letter_is_proof_of_the_address(self, people):
        """
        They are in the org that invited them, and have none of their own.
        """
        ann = await people.signs_up()
        org = await people.org_of(ann)
        await people.invite(org, "bob@example.com", Role.ADMIN, by=Role.OWNER, inviter=ann.id)
        token = people.token()
        await people.sign_up("Bob@example.com", PASSWORD, "Bob", "Unused", invitation=token)

        bob = await people.users.of_email("bob@example.com")
        assert bob.confirmed is not None
        assert await people.org_of(bob) == org
        assert await people.role(org, bob) is Role.ADMIN

    async def test_one_for_somebody_else_makes_no_account(self, people):
        """
        Whether the address is known or not.
        """
        ann = await people.signs_up()
        org = await people.org_of(ann)
        await people.invite(org, "bob@example.com", Role.ADMIN, by=Role.OWNER, inviter=ann.id)
        token = people.token()

        for email in (ANN, "eve@example.com"):
            with pytest.raises(BadRequest, match="not for you"):
                await people.sign_up(email, PASSWORD, "Eve", "Evil", invitation=token)
        assert await people.users.of_email("eve@example.com") is None
