"""Speech servers behind a gateway, each a process of its own."""

import asyncio
import json
import os
import signal

import attrs
import pytest

from tests.servers.ears import cut, pcm_of, text_of
from tests.servers.gateway import MEMORY, gateway
from tests.servers.services import serving
from tests.servers.words import word_error_rate
from websockets.asyncio.client import connect


pytestmark = pytest.mark.slow

QUERY = "encoding=linear16&sample_rate=16000"
TOKEN = "between-us"


@pytest.fixture(scope="module")
def engines():
    environ = {"ALDEA_ENGINE_TOKEN": TOKEN, "ALDEA_BUNDLED_WORKERS": "1"}
    with serving("stt", **environ) as first, serving("stt", **environ) as second:
        yield first, second


async def finals(url: str, headers: dict[str, str], audio: bytes, disturb=None) -> list[tuple]:
    """The finals of a stream; *disturb* is done after a third of it."""
    found = []
    async with connect(f"{url}/v1/listen?{QUERY}", additional_headers=headers) as socket:

        async def send() -> None:
            chunks = cut(audio, 3200)
            for n, chunk in enumerate(chunks):
                await socket.send(chunk)
                await asyncio.sleep(0.01)
                if disturb is not None and n == len(chunks) // 3:
                    disturb()
            await socket.send('{"type":"CloseStream"}')

        sending = asyncio.create_task(send())
        async for message in socket:
            frame = json.loads(message)
            if frame["type"] == "Results" and frame["is_final"]:
                found.append((frame["start"], frame["duration"], frame["text"]))
        await sending
    assert socket.close_code == 1000
    return found


async def test_the_engine_itself(engines):
    """
    Speaks the public protocol, to those who have its token.
    """
    url = engines[0].url.replace("http", "ws")
    heard = await finals(url, {"Authorization": f"Token {TOKEN}"}, pcm_of("hello"))

    assert word_error_rate(text_of("hello"), " ".join(text for _, _, text in heard)) <= 0.25
    with pytest.raises(Exception, match="401"):
        await finals(url, {"Authorization": "Token wrong"}, b"")


async def test_an_engine_is_killed_in_mid_stream(engines):
    """
    `kill -9`, while it listens to real speech: the finals are those of an undisturbed stream.
    """
    urls = tuple(engine.url for engine in engines)
    audio = pcm_of("story")[: 32_000 * 15]
    settings = attrs.evolve(MEMORY, ws_engines=urls, file_engines=urls, engine_token=TOKEN)
    async with gateway(settings) as front:
        undisturbed = await finals(front.websocket, front.auth, audio)
        pool = front.container.live_engine()

        def kill() -> None:
            (busy,) = [n for n, (_, _, load) in enumerate(pool.state()) if load]
            os.kill(engines[busy].process.pid, signal.SIGKILL)

        disturbed = await finals(front.websocket, front.auth, audio, kill)
        (first, second) = await front.usage()

    assert len(undisturbed) >= 3
    assert disturbed == undisturbed
    assert first.audio_ms == second.audio_ms == 15_000
