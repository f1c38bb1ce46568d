"""
Audio that is sent faster than it is paid for: no words beyond a limit are sent, whenever they come.

A client may send a minute at once, and much more in a container, before its lease is renewed.
"""

import asyncio
import json

import pytest

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from aldea_core.domain.access.key_limits import KeyLimits
from aldea_core.domain.access.limits import Limits


SECOND = bytes(range(256)) * 125
RAW = "encoding=linear16&sample_rate=16000"


def open_stream(served, query=RAW):
    url = f"{served.websocket}/v1/listen?{query}&interim_results=true"
    return connect(url, additional_headers=served.auth)


async def results_of(socket) -> list[dict]:
    """All results until the server closes."""
    results = []
    async with asyncio.timeout(60):
        try:
            while True:
                said = json.loads(await socket.recv())
                results += [said] if said["type"] == "Results" else []
        except ConnectionClosed:
            return results


def end_of(result: dict) -> float:
    return result["start"] + result["duration"]


def words_in(results: list[dict]) -> list[dict]:
    return [
        word
        for result in results
        if result["is_final"]
        for word in result["channel"]["alternatives"][0]["words"]
    ]


@pytest.mark.parametrize("query", [RAW, "", f"{RAW}&endpointing=false"])
@pytest.mark.parametrize("more", [[], ['{"type":"Finalize"}'], ['{"type":"CloseStream"}']])
@pytest.mark.parametrize(("sizes", "left"), [([30], 3.5), ([1] * 30, 3.5), ([30], 13.5)])
async def test_no_words_are_sent_beyond_the_quota(handler, query, more, sizes, left):
    """
    Thirty seconds at once, of which some are left: less than a lease is given at first, or more. What
    is billed has words.
    """
    limits = Limits(quota_ms=round(left * 1000))
    async with handler(limits=limits) as served, open_stream(served, query) as socket:
        for size in sizes:
            await socket.send(SECOND * size)
        for message in more:
            await socket.send(message)
        results = await results_of(socket)
        (record,) = await served.usage()

    assert socket.close_code == 4002
    assert max(map(end_of, results)) <= left
    assert (record.audio_ms, record.status) == (limits.quota_ms, 4002)
    words = words_in(results)
    assert left - 1.5 <= max(word["end"] for word in words) <= left


async def test_words_beyond_a_keys_quota_are_not_sent(handler):
    async with handler(limits=Limits(requests_per_minute=None)) as served:
        stores, org = served.services.stores, served.org.id
        (key,) = await stores.accounts().keys(org)
        await served.services.keys.change_key()(org, key.id, {"limits": KeyLimits(quota_ms=1200)})
        await served.sync()
        async with open_stream(served) as socket:
            await socket.send(SECOND * 30)
            results = await results_of(socket)
        (record,) = await served.usage()

    assert socket.close_code == 4002
    assert max(map(end_of, results)) <= 1.2
    assert record.audio_ms == 1200


@pytest.mark.parametrize("query", [RAW, ""])
async def test_audio_within_the_quota_waits_for_its_lease_alone(handler, query):
    """
    Thirty seconds at once, where the lease covers ten at a time.
    """
    async with handler(limits=Limits(quota_ms=3_600_000)) as served:
        async with open_stream(served, query) as socket:
            await socket.send(SECOND * 30)
            await socket.send('{"type":"CloseStream"}')
            results = await results_of(socket)
        (record,) = await served.usage()

    finals = [result for result in results if result["is_final"]]
    assert socket.close_code == 1000
    assert [(one["start"], one["duration"]) for one in finals] == [
        (start, 2.0) for start in range(0, 30, 2)
    ]
    assert record.audio_ms == 30_000
