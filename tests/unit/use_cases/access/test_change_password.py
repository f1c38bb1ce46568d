"""Choosing another password."""

import asyncio

import attrs
import pytest

from tests.servers.people import ANN, PASSWORD, People

from adapters.memory.passwords import FastPasswords
from aldea_core.domain.errors import BadRequest
from aldea_core.use_cases.access.change_password import RESET_WITHIN


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

    async def test_no_other_letter_outlives_it(self, people):
        """
        Whoever had another one sent, before, may not replace what was just chosen.
        """
        await people.signs_up()
        tokens = []
        for _ in range(3):
            await people.request_reset(ANN)
            tokens.append(people.token())
        await people.reset(tokens[1], NEW)

        for token in tokens:
            with pytest.raises(BadRequest, match="used already"):
                await people.reset(token, "a third password")
        assert await people.begin(ANN, NEW) is not None

    async def test_of_two_at_once_one_counts(self, people):
        """
        The letter is good once, though both found it so.
        """
        await people.signs_up()
        await people.request_reset(ANN)
        token = people.token()
        both = await asyncio.gather(
            *(people.reset(token, f"new password {n}") for n in range(2)), return_exceptions=True
        )

        assert sorted(isinstance(one, BadRequest) for one in both) == [False, True]

    async def test_an_easy_password_is_refused(self, people):
        """
        And the letter stays good.
        """
        await people.signs_up()
        await people.request_reset(ANN)
        with pytest.raises(BadRequest, match="four words") as wrong:
            await people.reset(people.token(), "password1234")

        assert wrong.value.field == "password"
        assert (await people.reset(people.token(), NEW)).email == ANN

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

    async def test_no_letter_outlives_it(self, people):
        """
        A reset that somebody had sent before the change is good for nothing after it.
        """
        ann = await people.signs_up()
        await people.request_reset(ANN)
        reset = people.token()
        await people.change(ann, PASSWORD, NEW)

        with pytest.raises(BadRequest, match="used already"):
            await people.reset(reset, "a third password")
        assert await people.begin(ANN, NEW) is not None

    async def test_of_two_changes_one_counts(self, people):
        """
        The slower one does not know the password any more.
        """
        ann = await people.signs_up()
        await people.change(ann, PASSWORD, NEW)
        with pytest.raises(BadRequest, match="not your password"):
            await people.change(ann, PASSWORD, "a third password")

        assert await people.begin(ANN, NEW) is not None

    async def test_an_easy_password_is_refused(self, people):
        """
        Under the name that it has in the form.
        """
        ann = await people.signs_up()
        with pytest.raises(BadRequest, match="easy to guess") as wrong:
            await people.change(ann, PASSWORD, ANN)

        assert wrong.value.field == "new"

    async def test_a_sign_in_that_is_under_way(self, people):
        """
        Does not come about with the old password after the change.
        """
        ann = await people.signs_up()

        class Slow(FastPasswords):
            async def verify(self, hashed, password):
                fits = await super().verify(hashed, password)
                await people.change(ann, PASSWORD, NEW)
                return fits

        begin = attrs.evolve(people.begin, passwords=Slow())

        assert await begin(ANN, PASSWORD) is None
        assert list(await people.sign_ins.of_user(ann.id, at=people.clock.now())) == []
