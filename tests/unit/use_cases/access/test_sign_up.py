"""Signing up, and confirming an address."""

import attrs
import pytest

from tests.servers.people import ANN, DETAILS, PASSWORD, People

from aldea_core.domain.access.people import Role
from aldea_core.domain.errors import BadRequest
from aldea_core.ports.sign_ins import ERRANDS_KEPT
from aldea_core.use_cases.access.open_account import AccountDetails
from aldea_core.use_cases.access.sign_up import CONFIRM_WITHIN


EVES = AccountDetails("Eve", "another password", "Evil")


@pytest.fixture
def people():
    return People(is_confirmed=False)


async def nothing_of_eve(people) -> bool:
    """Whether ann's account is ann's alone."""
    ann = await people.users.of_email(ANN)
    orgs = [org.name for org in people.accounts.orgs()]
    opens = [
        await people.begin(ANN, password) is not None for password in (PASSWORD, EVES.password)
    ]
    return (ann.name, orgs, opens) == ("Somebody", ["Acme"], [True, False])


class TestSignUp:
    async def test_makes_a_pending_account(self, people):
        """
        Which has no name, no password and no org until its letter is answered.
        """
        ann = await people.signs_up(" Ann@Example.com")

        assert (ann.email, ann.confirmed, ann.name, ann.password) == (ANN, None, "", "")
        assert people.subjects() == ["Confirm your address"]
        assert list(people.accounts.orgs()) == []
        assert [await people.begin(ANN, password) for password in (PASSWORD, "")] == [None, None]

    async def test_opens_by_the_letter(self, people):
        """
        Once, as whoever reads it says; the org is theirs.
        """
        await people.signs_up()
        token = people.token()
        ann = (await people.confirm(token, DETAILS)).user
        org = await people.org_of(ann)

        assert (ann.confirmed, ann.name) == (people.clock.now(), "Somebody")
        assert (org.name, await people.role(org, ann)) == ("Acme", Role.OWNER)
        assert await people.begin(ANN, PASSWORD) is not None
        with pytest.raises(BadRequest, match="used already"):
            await people.confirm(token, EVES)
        assert await nothing_of_eve(people)

    async def test_where_letters_are_not_read(self):
        """
        It opens at once, and so needs a password.
        """
        people = People(is_confirmed=True)
        with pytest.raises(BadRequest, match="needs a name and a password"):
            await people.sign_up(ANN)
        await people.signs_up()

        assert await people.begin(ANN, PASSWORD) is not None
        assert people.subjects() == []

    async def test_a_known_address_is_told_by_letter_alone(self, people):
        """
        The account stays as it is, whatever password came along.
        """
        await people.signs_up()
        await people.confirm(people.token(), DETAILS)
        await people.sign_up(ANN.upper(), EVES)

        assert people.subjects()[1:] == ["You have an account already"]
        assert await nothing_of_eve(people)

    async def test_a_letter_gets_old(self, people):
        """
        After three days.
        """
        await people.signs_up()
        people.clock.advance(CONFIRM_WITHIN.total_seconds())

        with pytest.raises(BadRequest, match="too old"):
            await people.confirm(people.token(), DETAILS)

    @pytest.mark.parametrize("token", ["", "cnf_", "rst_" + "a" * 43, "cnf_" + "a" * 43])
    async def test_a_token_that_is_none(self, people, token):
        """
        Confirms nothing.
        """
        with pytest.raises(BadRequest) as wrong:
            await people.confirm(token, DETAILS)
        assert wrong.value.field == "token"

    @pytest.mark.parametrize(
        "wrong", [{"name": " "}, {"org_name": " "}, {"password": "password1234"}]
    )
    async def test_details_must_be_worth_something(self, people, wrong):
        """
        The letter stays good.
        """
        await people.signs_up()
        with pytest.raises(BadRequest):
            await people.confirm(people.token(), attrs.evolve(DETAILS, **wrong))

        assert (await people.confirm(people.token(), DETAILS)).user.name == "Somebody"


class TestSomebodyElseSignsUp:
    """Eve signs up with ann's address, and reads none of its letters."""

    @pytest.mark.parametrize("email", [0, 1, 2])
    async def test_before_and_after(self, people, email):
        """
        Whichever letter ann answers, the account is hers alone.
        """
        await people.sign_up(ANN, EVES)
        await people.signs_up()
        await people.sign_up("ANN@example.com ", EVES)
        texts = [email.text for email in people.emails.posted]
        tokens = [text.partition("#")[2].partition("\n")[0] for text in texts]
        await people.confirm(tokens[email], DETAILS)

        assert await nothing_of_eve(people)
        for token in tokens:  # none opens anything once one was answered
            with pytest.raises(BadRequest):
                await people.confirm(token, EVES)

    async def test_letters_are_not_used_up(self, people):
        """
        The newest stay good, so there is one in the mailbox that is.
        """
        for _ in range(ERRANDS_KEPT * 2):
            await people.sign_up(ANN, EVES)
        await people.confirm(people.token(), DETAILS)

        assert await nothing_of_eve(people)

    async def test_then_ann_is_invited(self, people):
        """
        The invitation proves her address, and the account is hers; eve's letter is good for nothing.
        """
        bob = await people.opens("bob@example.com")
        org = await people.org_of(bob)
        await people.sign_up(ANN, EVES)
        eves = people.token()
        await people.invite(org, ANN, Role.ADMIN, by=Role.OWNER, inviter=bob.id)
        await people.sign_up(ANN, DETAILS, invitation=people.token())

        ann = await people.users.of_email(ANN)
        assert await people.role(org, ann) is Role.ADMIN
        assert await nothing_of_eve(people)
        with pytest.raises(BadRequest):
            await people.confirm(eves, EVES)
        assert await nothing_of_eve(people)

    async def test_then_ann_asks_for_a_password(self, people):
        """
        She gets the letter that opens the account.
        """
        await people.sign_up(ANN, EVES)
        await people.request_reset(ANN)
        assert people.subjects() == ["Confirm your address"] * 2
        await people.confirm(people.token(), DETAILS)

        assert await nothing_of_eve(people)

    async def test_an_account_of_before(self, people):
        """
        That kept the first password while it was pending: it opens nothing, and is replaced.
        """
        await people.sign_up(ANN, EVES)
        ann = await people.users.of_email(ANN)
        hashed = await people.passwords.hash(EVES.password)
        await people.users.put(attrs.evolve(ann, name="Eve", password=hashed))
        assert await people.begin(ANN, EVES.password) is None
        await people.confirm(people.token(), DETAILS)

        assert await nothing_of_eve(people)


class TestWithAnInvitation:
    async def test_the_letter_is_proof_of_the_address(self, people):
        """
        They are in the org that invited them, and have none of their own.
        """
        ann = await people.opens()
        org = await people.org_of(ann)
        await people.invite(org, "bob@example.com", Role.ADMIN, by=Role.OWNER, inviter=ann.id)
        token = people.token()
        await people.sign_up("Bob@example.com", DETAILS, invitation=token)

        bob = await people.users.of_email("bob@example.com")
        assert bob.confirmed is not None
        assert await people.org_of(bob) == org
        assert await people.role(org, bob) is Role.ADMIN

    async def test_one_for_somebody_else_makes_no_account(self, people):
        """
        Whether the address is known or not.
        """
        ann = await people.opens()
        org = await people.org_of(ann)
        await people.invite(org, "bob@example.com", Role.ADMIN, by=Role.OWNER, inviter=ann.id)
        token = people.token()

        for email in (ANN, "eve@example.com"):
            with pytest.raises(BadRequest, match="not for you"):
                await people.sign_up(email, EVES, invitation=token)
        assert await people.users.of_email("eve@example.com") is None
