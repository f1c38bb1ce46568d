"""A stream of usage is of another type: its records, and those of others, reach the ledger."""

import pytest

from tests.contract.values import record

from adapters.redis.usage import STREAMS, RedisUsageFeed, RedisUsageLog, stream_key


RECORDS = [record(f"s{n}") for n in range(4 * STREAMS)]


@pytest.fixture(params=["when it is written", "when it is read"])
async def usage(request, client):
    """A log of which a stream is damaged at that moment, and its feed."""
    log, feed = RedisUsageLog(client), RedisUsageFeed(client, "one")
    if request.param == "when it is read":
        await log.write(RECORDS[:STREAMS])
        await feed.take(1000)
    stream = stream_key(3)
    await client.ask(stream, "DEL", stream)
    await client.ask(stream, "SET", stream, "text")
    if request.param == "when it is read":
        await feed.take(1000)
    return log, feed


async def test_records_arrive(client, usage):
    log, feed = usage
    await log.write(RECORDS)
    for each in RECORDS:
        await log.write([each])

    found = set()
    while entries := await feed.take(1000):
        found |= {entry.record.session for entry in entries}
        await feed.drop(entries)
    assert found == {each.session for each in RECORDS}


async def test_what_was_there_is_kept(client, usage):
    log, _ = usage
    await log.write(RECORDS)

    name = f"{stream_key(3)}:damaged"
    assert await client.ask(name, "GET", name) == "text"
