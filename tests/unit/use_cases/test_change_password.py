"""Choosing another password."""

import pytest

from tests.servers.people import ANN, PASSWORD, People

from aldea_core.domain.errors import BadRequest
from aldea_core.use_cases.change_password import RESET_WITHIN


NEW = "staple in the battery"


@pytest.fixture
def people():
    return People()


class TestByLetter:
    async def test_another_password_is_chosen_once(self, people):
        """
        Every sign-in ends, and the old one opens nothing.
        """
        await people.signs_up()
        _, token = await people.begin(ANN, PASSWORD)
        await people.request_reset("Ann@example.com")
        reset = people.token()
        assert (await people.reset(reset, NEW)).email == ANN

        assert await people.find_signed_in(token.reveal()) is None
        assert await people.begin(ANN, PASSWORD) is None
        assert await people.begin(ANN, NEW) is not None
        assert people.subjects() == ["Choose another password", "Your password was changed"]
        with pytest.raises(BadRequest, match="used already"):
            await people.reset(reset, PASSWORD)

    async def test_it_confirms_the_address(self):
        """
        Whoever reads the letter has it.
        """
        people = People(is_confirmed=False)
        await people.signs_up()
        await people.request_reset(ANN)
        await people.reset(people.token(), NEW)

        assert await people.begin(ANN, NEW) is not None

    async def test_an_unknown_address_is_not_told(self, people):
        """
        Nor is a letter sent to it.
        """
        await people.request_reset("nobody@example.com")

        assert people.subjects() == []

    async def test_the_letter_gets_old(self, people):
        """
        After an hour.
        """
        await people.signs_up()
        await people.request_reset(ANN)
        people.clock.advance(RESET_WITHIN.total_seconds())

        with pytest.raises(BadRequest):
            await people.reset(people.token(), NEW)
        with pytest.raises(BadRequest):
            await people.reset("junk", NEW)
        assert await people.begin(ANN, PASSWORD) is not None


class TestByTheOldOne:
    async def test_every_sign_in_ends(self, people):
        """
        Somebody else may have known the old one.
        """
        ann = await people.signs_up()
        _, token = await people.begin(ANN, PASSWORD)
        await people.change(ann, PASSWORD, NEW)

        assert await people.find_signed_in(token.reveal()) is None
        assert await people.begin(ANN, PASSWORD) is None
        assert await people.begin(ANN, NEW) is not None

    async def test_the_old_one_must_be_right(self, people):
        """
        Else nothing changes.
        """
        ann = await people.signs_up()
        with pytest.raises(BadRequest) as wrong:
            await people.change(ann, "wrong", NEW)

        assert wrong.value.field == "old"
        assert await people.begin(ANN, PASSWORD) is not None
