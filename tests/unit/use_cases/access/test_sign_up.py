"""Signing up, and confirming an email address."""

import attrs
import pytest

from tests.servers.people import ANN, DETAILS, PASSWORD, People, token_in

from aldea_core.domain.access.people import Role
from aldea_core.domain.access.tokens import TokenKind
from aldea_core.domain.errors import BadRequest
from aldea_core.ports.sign_ins import ONE_TIME_TOKENS_KEPT
from aldea_core.use_cases.access.issue_token import VALID_FOR
from aldea_core.use_cases.access.open_account import AccountDetails


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
    async def test_sign_up_makes_a_pending_account(self, people):
        """
        It has no name, password or org until its address is confirmed.
        """
        ann = await people.signs_up(" Ann@Example.com")

        assert (ann.email, ann.confirmed, ann.name, ann.password) == (ANN, None, "", "")
        assert await people.subjects() == ["Confirm your address"]
        assert list(people.accounts.orgs()) == []
        assert [await people.begin(ANN, password) for password in (PASSWORD, "")] == [None, None]

    async def test_confirmation_email_activates_the_account(self, people):
        """
        Once, with the details given at confirmation; the org is theirs.
        """
        await people.signs_up()
        token = await people.token()
        ann = (await people.confirm(token, DETAILS)).user
        org = await people.org_of(ann)

        assert (ann.confirmed, ann.name) == (people.clock.now(), "Somebody")
        assert (org.name, await people.role(org, ann)) == ("Acme", Role.OWNER)
        assert await people.begin(ANN, PASSWORD) is not None
        with pytest.raises(BadRequest, match="used already"):
            await people.confirm(token, EVES)
        assert await nothing_of_eve(people)

    async def test_without_confirmation_the_account_is_active_at_once(self):
        """
        So it needs a password.
        """
        people = People(is_confirmed=True)
        with pytest.raises(BadRequest, match="needs a name and a password"):
            await people.sign_up(ANN)
        await people.signs_up()

        assert await people.begin(ANN, PASSWORD) is not None
        assert await people.subjects() == []

    async def test_known_address_learns_of_it_by_email_only(self, people):
        """
        The account stays unchanged, whatever password was given.
        """
        await people.signs_up()
        await people.confirm(await people.token(), DETAILS)
        await people.sign_up(ANN.upper(), EVES)

        assert (await people.subjects())[1:] == ["You have an account already"]
        assert await nothing_of_eve(people)

    async def test_confirmation_token_expires(self, people):
        """
        After three days.
        """
        await people.signs_up()
        token = await people.token()
        people.clock.advance(VALID_FOR[TokenKind.CONFIRMATION].total_seconds())

        with pytest.raises(BadRequest, match="too old"):
            await people.confirm(token, DETAILS)

    @pytest.mark.parametrize("token", ["", "cnf_", "rst_" + "a" * 43, "cnf_" + "a" * 43])
    async def test_invalid_token_confirms_no_account(self, people, token):
        with pytest.raises(BadRequest) as wrong:
            await people.confirm(token, DETAILS)
        assert wrong.value.field == "token"

    @pytest.mark.parametrize(
        "wrong", [{"name": " "}, {"org_name": " "}, {"password": "password1234"}]
    )
    async def test_invalid_details_keep_the_token_valid(self, people, wrong):
        await people.signs_up()
        with pytest.raises(BadRequest):
            await people.confirm(await people.token(), attrs.evolve(DETAILS, **wrong))

        assert (await people.confirm(await people.token(), DETAILS)).user.name == "Somebody"


class TestConfirmAgain:
    async def test_pending_account_gets_the_email_again(self, people):
        await people.signs_up()
        await people.confirm_again(ANN.upper())

        assert await people.subjects() == ["Confirm your address"] * 2
        await people.confirm(await people.token(), DETAILS)

    async def test_no_other_address_gets_an_email(self, people):
        await people.opens()
        await people.confirm_again(ANN)
        await people.confirm_again("unknown@example.com")

        assert await people.subjects() == ["Confirm your address"]


class TestSignUpWithAnothersAddress:
    """Eve signs up with ann's address, and cannot read its emails."""

    @pytest.mark.parametrize("email", [0, 1, 2])
    async def test_owner_confirms_whichever_email(self, people, email):
        """
        Sent for ann or for eve: the account is ann's alone.
        """
        await people.sign_up(ANN, EVES)
        await people.signs_up()
        await people.sign_up("ANN@example.com ", EVES)
        tokens = [token_in(email) for email in await people.sent()]
        await people.confirm(tokens[email], DETAILS)

        assert await nothing_of_eve(people)
        for token in tokens:  # none opens anything once one was answered
            with pytest.raises(BadRequest):
                await people.confirm(token, EVES)

    async def test_repeated_sign_ups_do_not_end_the_newest_tokens(self, people):
        """
        A valid email is always in the mailbox.
        """
        for _ in range(ONE_TIME_TOKENS_KEPT * 2):
            await people.sign_up(ANN, EVES)
        await people.confirm(await people.token(), DETAILS)

        assert await nothing_of_eve(people)

    async def test_invitation_takes_over_the_pending_account(self, people):
        """
        It proves ann's address; eve's token is invalid.
        """
        bob = await people.opens("bob@example.com")
        org = await people.org_of(bob)
        await people.sign_up(ANN, EVES)
        eves = await people.token()
        await people.invite(org, ANN, Role.ADMIN, by=Role.OWNER, inviter=bob.id)
        await people.sign_up(ANN, DETAILS, invitation=await people.token())

        ann = await people.users.of_email(ANN)
        assert await people.role(org, ann) is Role.ADMIN
        assert await nothing_of_eve(people)
        with pytest.raises(BadRequest):
            await people.confirm(eves, EVES)
        assert await nothing_of_eve(people)

    async def test_password_reset_sends_the_confirmation_email(self, people):
        await people.sign_up(ANN, EVES)
        await people.request_reset(ANN)
        assert await people.subjects() == ["Confirm your address"] * 2
        await people.confirm(await people.token(), DETAILS)

        assert await nothing_of_eve(people)

    async def test_pending_accounts_old_password_is_invalid(self, people):
        """
        Accounts of earlier versions kept the first password; it is replaced.
        """
        await people.sign_up(ANN, EVES)
        ann = await people.users.of_email(ANN)
        hashed = await people.passwords.hash(EVES.password)
        await people.users.put(attrs.evolve(ann, name="Eve", password=hashed))
        assert await people.begin(ANN, EVES.password) is None
        await people.confirm(await people.token(), DETAILS)

        assert await nothing_of_eve(people)


class TestWithAnInvitation:
    async def test_invitation_confirms_the_address(self, people):
        """
        The user joins the inviting org, and has no org of their own.
        """
        ann = await people.opens()
        org = await people.org_of(ann)
        await people.invite(org, "bob@example.com", Role.ADMIN, by=Role.OWNER, inviter=ann.id)
        token = await people.token()
        await people.sign_up("Bob@example.com", DETAILS, invitation=token)

        bob = await people.users.of_email("bob@example.com")
        assert bob.confirmed is not None
        assert await people.org_of(bob) == org
        assert await people.role(org, bob) is Role.ADMIN

    async def test_invitation_for_another_address_makes_no_account(self, people):
        """
        Whether the address is known or not.
        """
        ann = await people.opens()
        org = await people.org_of(ann)
        await people.invite(org, "bob@example.com", Role.ADMIN, by=Role.OWNER, inviter=ann.id)
        token = await people.token()

        for email in (ANN, "eve@example.com"):
            with pytest.raises(BadRequest, match="not for you"):
                await people.sign_up(email, EVES, invitation=token)
        assert await people.users.of_email("eve@example.com") is None

    async def test_known_user_is_not_signed_up_again(self, people):
        """
        An email says so, and the invitation stays open for them to accept.
        """
        ann = await people.opens()
        bob = await people.opens("bob@example.com")
        org = await people.org_of(ann)
        await people.invite(org, bob.email, Role.ADMIN, by=Role.OWNER, inviter=ann.id)
        token = await people.token()

        assert await people.sign_up(bob.email, EVES, invitation=token) is None
        assert (await people.subjects())[-1] == "You have an account already"
        assert await people.begin(bob.email, EVES.password) is None
        assert await people.role(org, bob) is None
        await people.accept(bob, token)
        assert await people.role(org, bob) is Role.ADMIN


async def test_confirmation_that_comes_second_is_refused(people):
    """
    Another confirmation with the same token ends while this one still hashes its password.
    """
    await people.sign_up(ANN)
    token = await people.token()

    class Slow:
        async def prepare(self, details, *, email):
            opening = await people.confirm.open_account.prepare(details, email=email)
            await people.confirm(token, DETAILS)
            return opening

    with pytest.raises(BadRequest, match="used already"):
        await attrs.evolve(people.confirm, open_account=Slow())(token, EVES)
    assert await people.begin(ANN, PASSWORD) is not None
