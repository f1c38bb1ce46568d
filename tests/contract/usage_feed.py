"""What every `UsageLog` promises together with its `UsageFeed`."""

from tests.contract.values import record


class UsageFeedContract:
    """
    Subclasses give the fixtures `usage_log` and `feed`.
    """

    async def test_written_records_are_read(self, usage_log, feed):
        """
        Whole, however many were written at once.
        """
        written = [record(f"s{n}", final=n % 2 == 0) for n in range(40)]
        await usage_log.write(written[:1])
        await usage_log.write(written[1:])

        taken = []
        while entries := await feed.take(16):
            taken += entries
            await feed.drop(entries)
        assert sorted(entry.record.session for entry in taken) == sorted(
            kept.session for kept in written
        )
        assert {entry.record for entry in taken} == set(written)

    async def test_empty_log_reads_nothing(self, feed):
        assert list(await feed.take(10)) == []

    async def test_undropped_records_are_read_again_first(self, usage_log, feed):
        """
        By the same reader, before newer ones: the ledger may have been away.
        """
        await usage_log.write([record()])
        (first,) = await feed.take(100)

        (again,) = await feed.take(100)
        assert again == first
        await usage_log.write([record("s2")])
        assert first in await feed.take(100)

    async def test_record_that_is_put_aside_is_not_read_again(self, usage_log, feed):
        """
        The others are.
        """
        await usage_log.write([record("s1"), record("s2")])
        one, other = await feed.take(100)
        assert await feed.aside() == 0
        await feed.put_aside(one)

        assert await feed.aside() == 1
        assert list(await feed.take(100)) == [other]

    async def test_dropped_records_are_not_read_again(self, usage_log, feed):
        """
        They are in the ledger.
        """
        await usage_log.write([record("s1"), record("s2")])
        entries = await feed.take(100)
        await feed.drop(entries[:1])

        again = await feed.take(100)
        assert [entry.record for entry in again] == [entries[1].record]
        await feed.drop(again)
        assert list(await feed.take(100)) == []
