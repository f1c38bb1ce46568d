"""Signing in, and verifying sign-in tokens."""

import pytest

from tests.servers.people import ANN, PASSWORD

from aldea_core.domain.errors import TooManyAttempts
from aldea_core.domain.ids import UserId
from aldea_core.use_cases.access.sign_in import LASTS, LONGEST_AGENT


async def test_right_password_gives_a_token_for_30_days(people):
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
async def test_wrong_password_and_unknown_address_look_alike(people, email, password):
    """
    A wrong password is as good as a wrong address.
    """
    await people.signs_up()

    assert await people.begin(email, password) is None


@pytest.mark.parametrize("text", ["", "junk", "ses_" + "a" * 43, "rst_" + "a" * 43])
async def test_unknown_token_is_refused(people, text):
    assert await people.find_signed_in(text) is None


async def test_deleted_users_token_is_refused(people):
    ann = await people.signs_up()
    _, token = await people.begin(ANN, PASSWORD)
    del people.users._users[UserId(ann.id)]

    assert await people.find_signed_in(token.reveal()) is None


class TestPace:
    """Rate limits of password attempts, from different networks."""

    async def wrong(self, people, address, count, email=ANN):
        for _ in range(count):
            assert await people.begin(email, "wrong", address=address) is None

    async def test_wrong_passwords_from_one_network_are_limited(self, people):
        """
        Ten per account, then one a minute; the wait never grows.
        """
        await people.signs_up()
        await self.wrong(people, "192.0.2.1", 10)
        for _ in range(20):
            with pytest.raises(TooManyAttempts) as refused:
                await people.begin(ANN, PASSWORD, address="192.0.2.1")
            assert refused.value.retry_after == 60
        people.clock.advance(60)

        assert await people.begin(ANN, PASSWORD, address="192.0.2.1") is not None

    async def test_other_networks_do_not_block_the_owner(self, people):
        """
        Two addresses of one /64 are one network.
        """
        await people.signs_up()
        for n in range(10):
            await self.wrong(people, f"2001:db8::{n}", 1)
        with pytest.raises(TooManyAttempts):
            await people.begin(ANN, "wrong", address="2001:db8::ffff")

        assert await people.begin(ANN, PASSWORD, address="2001:db8:0:1::1") is not None

    async def test_many_networks_are_limited_per_account(self, people):
        """
        Networks where the user is signed in are exempt; others get an attempt every ten seconds.
        """
        await people.signs_up()
        await people.begin(ANN, PASSWORD, address="198.51.100.7")
        for n in range(99):
            await self.wrong(people, f"2001:db8:{n}::1", 1)
        with pytest.raises(TooManyAttempts) as refused:
            await people.begin(ANN, "wrong", address="192.0.2.1")

        assert refused.value.retry_after == 10
        assert await people.begin(ANN, PASSWORD, address="198.51.100.7") is not None
        people.clock.advance(10)
        assert await people.begin(ANN, PASSWORD, address="192.0.2.1") is not None

    async def test_one_network_is_limited_over_all_accounts(self, people):
        """
        Sixty at once, then one every fifteen seconds.
        """
        for n in range(60):
            await self.wrong(people, "192.0.2.1", 1, f"user-{n}@example.com")
        with pytest.raises(TooManyAttempts) as refused:
            await people.begin("bob@example.com", "wrong", address="192.0.2.1")

        assert refused.value.retry_after == 15

    async def test_right_password_resets_the_count(self, people):
        """
        Typing errors of the past do not add up.
        """
        await people.signs_up()
        for _ in range(3):
            await self.wrong(people, "192.0.2.1", 9)
            assert await people.begin(ANN, PASSWORD, address="192.0.2.1") is not None
