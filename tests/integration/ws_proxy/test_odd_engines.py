"""
Engines, in either dialect, that say what no engine should: the stream ends with a reason, after a few
engines, and each is logged once.
"""

import asyncio
import json

from contextlib import suppress

import attrs
import pytest
import structlog

from tests.servers.gateway import MEMORY, gateway
from tests.servers.odd_engine import odd_engine
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from aldea_core.domain.access.limits import Limits
from aldea_core.domain.live.bounds import Bounds
from aldea_core.domain.live.sessions import LiveSession


SECOND = bytes(32_000)
RESULT = {
    "type": "Results",
    "channel_index": [0, 1],
    "duration": 0.0,
    "start": 0.0,
    "is_final": True,
    "speech_final": True,
    "channel": {"alternatives": [{"transcript": "", "confidence": 0.0, "words": []}]},
    "metadata": {
        "request_id": "its own",
        "model_info": {"name": "m", "version": "1", "arch": "a"},
        "model_uuid": "u",
    },
    "from_finalize": False,
}
WORD = {"word": "a", "start": 0, "end": 1, "confidence": 1}


def said(**changes) -> str:
    return json.dumps(RESULT | changes, separators=(",", ":"))


def of_word(**changes) -> str:
    word = WORD | changes
    return said(channel={"alternatives": [{"transcript": "a", "confidence": 1, "words": [word]}]})


ODD = {
    "a list as channel": said(channel_index=[[0], 1]),
    "a text as channel": said(channel_index=["0", "1"]),
    "a negative channel": said(channel_index=[-1, 1]),
    "one number of channels": said(channel_index=[0]),
    "no channels": said(channel_index=None),
    "a text as time": said(start="soon"),
    "an object as time": said(duration={}),
    "a huge integer": said(start=10**400),
    "a huge number": said(duration=1e300),
    "a negative time": said(start=-1.0),
    "NaN": said(start=float("nan")),
    "NaN as text": said(start="nan"),
    "no alternatives": said(channel={"alternatives": []}),
    "words of a number": said(channel={"alternatives": [{"transcript": "", "words": 5}]}),
    "an infinite confidence": of_word(confidence=0).replace('"confidence":0', '"confidence":1e999'),
    "a huge time of a word": of_word(end=10**400),
    "a list": "[]",
    "a number": "5",
    "no type": "{}",
    "no JSON": "}{",
    "deep JSON": "[" * 100_000,
    "a summary of a huge channel": '{"type":"Metadata","duration":1,"channels":1e999}',
}


async def ending(says, *, is_ours: bool) -> tuple[int, str, int]:
    """The close code and reason of a stream on such engines, and how many streams they had."""
    async with odd_engine(says, is_ours=is_ours) as engine:
        settings = attrs.evolve(MEMORY, ws_engines=(engine.url,), log_level="critical")
        async with gateway(settings) as served:
            url = f"{served.websocket}/v1/listen?encoding=linear16&sample_rate=16000"
            async with connect(url, additional_headers=served.auth) as socket:
                try:
                    while True:
                        await socket.send(SECOND)
                        await asyncio.sleep(0.1)
                except ConnectionClosed:
                    pass
            await asyncio.sleep(0.1)
            assert not await served.open_sessions()
            return socket.close_code, socket.close_reason, engine.opened


@pytest.mark.parametrize("is_ours", [True, False], ids=["ours", "another's"])
async def test_odd_messages_end_the_stream_with_a_reason(is_ours):
    """
    Also if an empty final result comes before each.
    """
    with structlog.testing.capture_logs() as log:
        tried = [
            ending([*before, odd], is_ours=is_ours)
            for odd in ODD.values()
            for before in ([], [said()])
        ]
        found = await asyncio.gather(*tried)

    assert {code for code, _, _ in found} == {1011}
    assert all(reason for _, reason, _ in found)
    assert max(opened for _, _, opened in found) <= Bounds().recoveries + 1
    assert [entry for entry in log if entry["event"] == "engine side failed"] == []


@pytest.mark.parametrize("is_ours", [True, False], ids=["ours", "another's"])
async def test_what_may_be_ignored_is_ignored(is_ours):
    """
    Binary messages, and texts of unknown types.
    """
    last = '{"type":"Metadata","duration":0.5,"request_id":"r"}'
    says = [b"binary", '{"type":"Unheard"}', said(), said(start=1e8), b"", last]
    async with odd_engine(says, is_ours=is_ours) as engine:
        settings = attrs.evolve(MEMORY, ws_engines=(engine.url,))
        async with gateway(settings) as served:
            url = f"{served.websocket}/v1/listen?encoding=linear16&sample_rate=16000"
            async with connect(url, additional_headers=served.auth) as socket:
                await socket.send(SECOND)
                await socket.send('{"type":"CloseStream"}')
                async for _ in socket:
                    pass

            assert socket.close_code == 1000
            assert engine.opened == 1


@pytest.mark.parametrize("is_ours", [True, False], ids=["ours", "another's"])
async def test_unforeseen_errors_are_counted_and_logged(is_ours, monkeypatch):
    """
    As lost engines are, so that they end, too.
    """

    def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(LiveSession, "engine_event", broken)
    with structlog.testing.capture_logs() as log:
        code, reason, opened = await ending([said()], is_ours=is_ours)

    assert (code, bool(reason)) == (1011, True)
    failed = [entry for entry in log if entry["event"] == "engine side failed"]
    assert len(failed) == opened <= Bounds().recoveries + 1


@pytest.mark.parametrize("is_ours", [True, False], ids=["ours", "another's"])
@pytest.mark.parametrize(
    ("quota_ms", "code", "billed"),
    [(None, 1000, 800_000), (900_000, 1000, 800_000), (500_000, 4002, 500_000)],
)
async def test_engine_cannot_claim_more_than_the_bytes_can_hold(is_ours, quota_ms, code, billed):
    """
    However long it says that audio in a container is. Neither does its result wait for more to be
    reserved than that.
    """
    says = [
        said(duration=1e8, channel_index=[0, 2]),
        said(duration=1e8, channel_index=[1, 2]),
        '{"type":"Metadata","duration":1e8,"request_id":"r","channels":2}',
    ]
    async with odd_engine(says, is_ours=is_ours) as engine:
        settings = attrs.evolve(MEMORY, ws_engines=(engine.url,))
        async with gateway(settings, limits=Limits(quota_ms=quota_ms)) as served:
            url = f"{served.websocket}/v1/listen?multichannel=true"
            async with connect(url, additional_headers=served.auth) as socket:
                await socket.send(SECOND)
                await socket.send('{"type":"CloseStream"}')
                with suppress(ConnectionClosed):
                    async for _ in socket:
                        pass
            (record,) = await served.usage()

    assert (socket.close_code, record.audio_ms) == (code, billed)
