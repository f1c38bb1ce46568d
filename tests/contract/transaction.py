"""What every `Transaction` promises."""

import asyncio

import attrs
import pytest

from tests.contract.people import ANN, BOB

from aldea_core.domain.errors import NotFound


class TransactionContract:
    """Subclasses give fixtures `transaction` and `users`, empty, of the same database."""

    async def test_all_is_kept(self, transaction, users):
        """
        And is seen within, by whoever is there.
        """
        async with transaction.about("thing"):
            await users.add(ANN)
            assert await users.of_email(ANN.email) == ANN

        assert await users.of_email(ANN.email) == ANN

    async def test_or_nothing(self, transaction, users):
        """
        Changes and additions alike.
        """
        await users.add(ANN)
        with pytest.raises(RuntimeError, match="changed my mind"):
            async with transaction.about("thing"):
                await users.put(attrs.evolve(ANN, name="Anna"))
                await users.add(BOB)
                raise RuntimeError("changed my mind")

        assert await users.of_email(ANN.email) == ANN
        assert await users.of_email(BOB.email) is None

    async def test_one_within_another_is_part_of_it(self, transaction, users):
        """
        What fails without goes with it.
        """
        with pytest.raises(RuntimeError):
            async with transaction.about("thing"):
                async with transaction.about("other"):
                    await users.add(ANN)
                raise RuntimeError

        assert await users.of_email(ANN.email) is None

    async def test_a_no_within_may_be_met(self, transaction, users):
        """
        What was done before it stays.
        """
        async with transaction.about():
            await users.add(ANN)
            with pytest.raises(NotFound):
                await users.put(BOB)

        assert await users.of_email(ANN.email) == ANN

    async def test_about_the_same_thing_one_after_the_other(self, transaction, users):
        """
        What was read is still so when it is written: no change is lost.
        """
        await users.add(attrs.evolve(ANN, name="0"))

        async def one_more() -> None:
            async with transaction.about(ANN.id):
                known = await users.of_email(ANN.email)
                await asyncio.sleep(0)
                await users.put(attrs.evolve(known, name=str(int(known.name) + 1)))

        await asyncio.gather(*(one_more() for _ in range(8)))

        assert (await users.of_email(ANN.email)).name == "8"
