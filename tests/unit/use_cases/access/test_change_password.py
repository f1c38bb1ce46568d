"""Password changes, by email and with the old password."""

import asyncio

import attrs
import pytest

from tests.servers.people import ANN, PASSWORD

from adapters.memory.passwords import FastPasswords
from aldea_core.domain.access.tokens import TokenKind
from aldea_core.domain.errors import BadRequest
from aldea_core.use_cases.access.issue_token import VALID_FOR


NEW = "staple in the battery"


class TestByEmail:
    async def test_reset_token_works_once(self, people):
        """
        Every sign-in ends, and the old password is invalid.
        """
        await people.signs_up()
        _, token = await people.begin(ANN, PASSWORD)
        await people.request_reset("Ann@example.com")
        reset = await people.token()
        assert (await people.reset(reset, NEW)).email == ANN

        assert await people.find_signed_in(token.reveal()) is None
        assert await people.begin(ANN, PASSWORD) is None
        assert await people.begin(ANN, NEW) is not None
        assert await people.subjects() == ["Choose another password", "Your password was changed"]
        with pytest.raises(BadRequest, match="used already"):
            await people.reset(reset, PASSWORD)

    async def test_reset_ends_all_other_reset_tokens(self, people):
        await people.signs_up()
        tokens = []
        for _ in range(3):
            await people.request_reset(ANN)
            tokens.append(await people.token())
        await people.reset(tokens[1], NEW)

        for token in tokens:
            with pytest.raises(BadRequest, match="used already"):
                await people.reset(token, "a third password")
        assert await people.begin(ANN, NEW) is not None

    async def test_one_of_two_concurrent_resets_succeeds(self, people):
        await people.signs_up()
        await people.request_reset(ANN)
        token = await people.token()
        both = await asyncio.gather(
            *(people.reset(token, f"new password {n}") for n in range(2)), return_exceptions=True
        )

        assert sorted(isinstance(one, BadRequest) for one in both) == [False, True]

    async def test_weak_password_keeps_the_token_valid(self, people):
        await people.signs_up()
        await people.request_reset(ANN)
        with pytest.raises(BadRequest, match="four words") as wrong:
            await people.reset(await people.token(), "password1234")

        assert wrong.value.field == "password"
        assert (await people.reset(await people.token(), NEW)).email == ANN

    async def test_unknown_address_gets_the_same_answer(self, people):
        """
        And no email.
        """
        await people.request_reset("nobody@example.com")

        assert await people.subjects() == []

    async def test_reset_token_expires(self, people):
        """
        After an hour.
        """
        await people.signs_up()
        await people.request_reset(ANN)
        token = await people.token()
        people.clock.advance(VALID_FOR[TokenKind.RESET].total_seconds())

        with pytest.raises(BadRequest):
            await people.reset(token, NEW)
        with pytest.raises(BadRequest):
            await people.reset("junk", NEW)
        assert await people.begin(ANN, PASSWORD) is not None


class TestWithTheOldPassword:
    async def test_every_sign_in_ends(self, people):
        """
        An attacker may have known the old password.
        """
        ann = await people.signs_up()
        _, token = await people.begin(ANN, PASSWORD)
        await people.change(ann, PASSWORD, NEW)

        assert await people.find_signed_in(token.reveal()) is None
        assert await people.begin(ANN, PASSWORD) is None
        assert await people.begin(ANN, NEW) is not None

    async def test_wrong_old_password_is_refused(self, people):
        """
        Nothing changes.
        """
        ann = await people.signs_up()
        with pytest.raises(BadRequest) as wrong:
            await people.change(ann, "wrong", NEW)

        assert wrong.value.field == "old"
        assert await people.begin(ANN, PASSWORD) is not None

    async def test_change_ends_all_reset_tokens(self, people):
        ann = await people.signs_up()
        await people.request_reset(ANN)
        reset = await people.token()
        await people.change(ann, PASSWORD, NEW)

        with pytest.raises(BadRequest, match="used already"):
            await people.reset(reset, "a third password")
        assert await people.begin(ANN, NEW) is not None

    async def test_one_of_two_concurrent_changes_succeeds(self, people):
        """
        The slower one has an outdated old password.
        """
        ann = await people.signs_up()
        await people.change(ann, PASSWORD, NEW)
        with pytest.raises(BadRequest, match="not your password"):
            await people.change(ann, PASSWORD, "a third password")

        assert await people.begin(ANN, NEW) is not None

    async def test_weak_password_is_refused_by_its_form_field(self, people):
        ann = await people.signs_up()
        with pytest.raises(BadRequest, match="easy to guess") as wrong:
            await people.change(ann, PASSWORD, ANN)

        assert wrong.value.field == "new"

    async def test_sign_in_with_the_old_password_loses_the_race(self, people):
        ann = await people.signs_up()

        class Slow(FastPasswords):
            async def verify(self, hashed, password):
                fits = await super().verify(hashed, password)
                await people.change(ann, PASSWORD, NEW)
                return fits

        begin = attrs.evolve(people.begin, passwords=Slow())

        assert await begin(ANN, PASSWORD) is None
        assert list(await people.sign_ins.of_user(ann.id, at=people.clock.now())) == []


class TestRace:
    async def test_reset_that_comes_second_is_refused(self, people):
        """
        Another reset with the same token ends while this one still hashes its password.
        """
        await people.signs_up()
        await people.request_reset(ANN)
        token = await people.token()

        async def slowly(password, known):
            await people.reset(token, NEW)
            return await people.reset.choose_password(password, known=known)

        with pytest.raises(BadRequest, match="used already"):
            await attrs.evolve(people.reset, choose_password=slowly)(token, "a third password")
        assert await people.begin(ANN, NEW) is not None
