"""Signing in, and who is signed in."""

import pytest

from tests.servers.people import ANN, PASSWORD, People

from aldea_core.domain.ids import UserId
from aldea_core.use_cases.sign_in import LASTS, LONGEST_AGENT


@pytest.fixture
def people():
    return People()


async def test_a_password_gives_a_token(people):
    """
    It tells who they are, for thirty days.
    """
    ann = await people.signs_up()
    signed_in, token = await people.begin(
        "ANN@example.com", PASSWORD, address="10.0.0.1", agent="a" * 999
    )

    assert signed_in.user == ann
    assert (signed_in.sign_in.address, len(signed_in.sign_in.agent)) == ("10.0.0.1", LONGEST_AGENT)
    assert await people.find_signed_in(token.reveal()) == signed_in
    people.clock.advance(LASTS.total_seconds())
    assert await people.find_signed_in(token.reveal()) is None


@pytest.mark.parametrize(
    ("email", "password"), [(ANN, "wrong password"), ("bob@example.com", PASSWORD), (ANN, "")]
)
async def test_what_is_wrong_is_not_told(people, email, password):
    """
    A wrong password is as good as a wrong address.
    """
    await people.signs_up()

    assert await people.begin(email, password) is None


@pytest.mark.parametrize("text", ["", "junk", "ses_" + "a" * 43, "rst_" + "a" * 43])
async def test_a_token_of_nobody(people, text):
    """
    Is nobody.
    """
    assert await people.find_signed_in(text) is None


async def test_a_user_who_is_gone(people):
    """
    Is signed in nowhere.
    """
    ann = await people.signs_up()
    _, token = await people.begin(ANN, PASSWORD)
    del people.users._users[UserId(ann.id)]

    assert await people.find_signed_in(token.reveal()) is None
