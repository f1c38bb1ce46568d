"""Engine services behind a gateway, each in its own process."""

import asyncio
import json
import os
import signal
import urllib.error
import urllib.request

import attrs
import pytest

from tests.servers.gateway import MEMORY, gateway
from tests.servers.services import serving
from tests.servers.speech import cut, encoded, pcm_of, samples_of, text_of
from tests.servers.words import word_error_rate
from websockets.asyncio.client import connect

from adapters.local_servers.server import free_port


pytestmark = pytest.mark.slow

RAW = "encoding=linear16&sample_rate=16000"
TOKEN = "between-us"


@pytest.fixture
def engines():
    environ = {"ALDEA_ENGINE_TOKEN": TOKEN, "ALDEA_BUNDLED_WORKERS": "1"}
    with serving("stt", **environ) as first, serving("stt", **environ) as second:
        yield first, second


async def finals(
    url: str,
    headers: dict[str, str],
    audio: bytes,
    disturb=None,
    query: str = RAW,
    final_seconds: float = 0.0,
) -> list[tuple]:
    """
    The finals of a stream; *disturb* is done after five sixths of it, and when *final_seconds* seconds are
    final, however slow the engine is.
    """
    found = []
    async with connect(f"{url}/v1/listen?{query}", additional_headers=headers) as socket:

        async def send() -> None:
            chunks = cut(audio, len(audio) // 150)
            for n, chunk in enumerate(chunks):
                await socket.send(chunk)
                await asyncio.sleep(0.03)
                if disturb is not None and n == len(chunks) * 5 // 6:
                    while sum(duration for _, duration, _ in found) < final_seconds:
                        await socket.send('{"type":"KeepAlive"}')
                        await asyncio.sleep(1)
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


async def test_engine_serves_the_public_protocol(engines):
    """
    To callers with its token.
    """
    url = engines[0].url.replace("http", "ws")
    results = await finals(url, {"Authorization": f"Token {TOKEN}"}, pcm_of("hello"))

    assert word_error_rate(text_of("hello"), " ".join(text for _, _, text in results)) <= 0.25
    with pytest.raises(Exception, match="401"):
        await finals(url, {"Authorization": "Token wrong"}, b"")


async def test_stream_survives_a_killed_engine(engines):
    """
    `kill -9` during real speech: the finals equal those of an undisturbed stream.
    """
    urls = tuple(engine.url for engine in engines)
    audio = pcm_of("story")[: 32_000 * 15]
    settings = attrs.evolve(MEMORY, ws_engines=urls, file_engines=urls, engine_token=TOKEN)
    async with gateway(settings) as front:
        undisturbed = await finals(front.websocket, front.auth, audio)
        pool = front.services.gateway.live_engine()

        def kill() -> None:
            (busy,) = [n for n, (_, _, load) in enumerate(pool.state()) if load]
            os.kill(engines[busy].process.pid, signal.SIGKILL)

        disturbed = await finals(front.websocket, front.auth, audio, kill)
        (first, second) = await front.usage()

    assert len(undisturbed) >= 3
    assert disturbed == undisturbed
    assert first.audio_ms == second.audio_ms == 15_000


@pytest.mark.parametrize(
    ("container", "options"), [("ogg", {}), ("webm", {"cluster_time_limit": "1000"})]
)
async def test_container_stream_moves_to_another_engine(engines, container, options):
    """
    Cut at a page or cluster: the same words except at most one at the seam, and contiguous
    spans.
    """
    urls = tuple(engine.url for engine in engines)
    audio = encoded(container, "libopus", samples_of("story")[: 16_000 * 15], **options)
    # Audio recognised before the loss no longer fits, so it would not go on without cutting; what
    # is not final then fits, if the engine had the time to recognise the rest.
    settings = attrs.evolve(
        MEMORY,
        ws_engines=urls,
        file_engines=urls,
        engine_token=TOKEN,
        replay_bytes=len(audio) * 9 // 15,
    )
    async with gateway(settings) as front:
        undisturbed = await finals(front.websocket, front.auth, audio, query="")
        pool = front.services.gateway.live_engine()

        def kill() -> None:
            (busy,) = [n for n, (_, _, load) in enumerate(pool.state()) if load]
            os.kill(engines[busy].process.pid, signal.SIGKILL)

        disturbed = await finals(
            front.websocket, front.auth, audio, kill, query="", final_seconds=6.0
        )

    first, second = (" ".join(text for _, _, text in found) for found in (undisturbed, disturbed))
    assert word_error_rate(first, second) <= 0.1
    at = 0.0
    for start, duration, _ in disturbed:
        assert start == pytest.approx(at, abs=0.01)
        at = start + duration
    assert at == pytest.approx(15.0, abs=0.1)


def stats(url: str, **headers: str) -> tuple[str, str]:
    """The media type and text of `/stats`."""
    request = urllib.request.Request(f"{url}/stats", headers=headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.headers["Content-Type"], answer.read().decode()


async def test_engine_says_how_busy_it_is():
    """
    As JSON, and as text for Prometheus; where `/metrics` is.
    """
    port = free_port()
    environ = {"ALDEA_BUNDLED_ENGINE": "memory", "ALDEA_ENGINE_TOKEN": TOKEN}
    with serving(
        "stt", ALDEA_BUNDLED_CAPACITY="9", ALDEA_METRICS_PORT=str(port), **environ
    ) as engine:
        apart = f"http://127.0.0.1:{port}"
        headers = {"Authorization": f"Token {TOKEN}"}
        url = f"ws://127.0.0.1:{engine.port}/v1/listen?{RAW}"
        async with connect(url, additional_headers=headers) as socket:
            await socket.send(bytes(3200))
            kind, text = await asyncio.to_thread(stats, apart)
            found = json.loads(text)
            assert kind.startswith("application/json")
            assert (found["streams"], found["capacity"]) == (1, 9)
            assert (found["model"], found["device"]) == ("memory", "cpu")
            kind, text = await asyncio.to_thread(stats, apart, Accept="text/plain;version=0.0.4")
            assert kind.startswith("text/plain")
            assert "\nstt_streams 1.0\n" in text
        with pytest.raises(urllib.error.HTTPError, match="404"):
            await asyncio.to_thread(stats, engine.url)
