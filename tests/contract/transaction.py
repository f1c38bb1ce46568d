"""What every `Transaction` promises."""

import asyncio

import attrs
import pytest

from tests.contract.people import ANN, BOB

from aldea_core.domain.errors import NotFound


class TransactionContract:
    """Subclasses give fixtures `transaction` and `users`, empty, of the same database."""

    async def test_transaction_commits_every_change(self, transaction, users):
        """
        Changes are visible inside it.
        """
        async with transaction.about("thing"):
            await users.add(ANN)
            assert await users.of_email(ANN.email) == ANN

        assert await users.of_email(ANN.email) == ANN

    async def test_failed_transaction_keeps_no_change(self, transaction, users):
        """
        Neither updates nor inserts.
        """
        await users.add(ANN)
        with pytest.raises(RuntimeError, match="changed my mind"):
            async with transaction.about("thing"):
                await users.put(attrs.evolve(ANN, name="Anna"))
                await users.add(BOB)
                raise RuntimeError("changed my mind")

        assert await users.of_email(ANN.email) == ANN
        assert await users.of_email(BOB.email) is None

    async def test_nested_transaction_is_part_of_the_outer(self, transaction, users):
        """
        It is rolled back with the outer one.
        """
        with pytest.raises(RuntimeError):
            async with transaction.about("thing"):
                async with transaction.about("other"):
                    await users.add(ANN)
                raise RuntimeError

        assert await users.of_email(ANN.email) is None

    async def test_caught_error_inside_keeps_earlier_changes(self, transaction, users):
        async with transaction.about():
            await users.add(ANN)
            with pytest.raises(NotFound):
                await users.put(BOB)

        assert await users.of_email(ANN.email) == ANN

    async def test_transactions_on_one_subject_are_serialised(self, transaction, users):
        """
        No update is lost.
        """
        await users.add(attrs.evolve(ANN, name="0"))

        async def one_more() -> None:
            async with transaction.about(ANN.id):
                known = await users.of_email(ANN.email)
                await asyncio.sleep(0)
                await users.put(attrs.evolve(known, name=str(int(known.name) + 1)))

        await asyncio.gather(*(one_more() for _ in range(8)))

        assert (await users.of_email(ANN.email)).name == "8"

    async def test_reads_share_a_connection_and_see_what_is_committed(self, transaction, users):
        """
        Also what is written meanwhile, and within a transaction what it wrote.
        """
        async with transaction.reading():
            assert await users.of_email(ANN.email) is None
            await users.add(ANN)
            assert await users.of_email(ANN.email) == ANN

        async with transaction.about():
            await users.add(BOB)
            async with transaction.reading():
                assert await users.of_email(BOB.email) == BOB

    async def test_failed_transaction_among_reads_keeps_no_change(self, transaction, users):
        async with transaction.reading():
            assert await users.of_email(ANN.email) is None
            with pytest.raises(RuntimeError, match="changed my mind"):
                async with transaction.about("thing"):
                    await users.add(BOB)
                    raise RuntimeError("changed my mind")
            async with transaction.about("thing"):
                await users.add(ANN)
            assert await users.of_email(ANN.email) == ANN
            assert await users.of_email(BOB.email) is None

        assert await users.of_email(BOB.email) is None
