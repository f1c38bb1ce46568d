"""Engines behind HTTP and WebSocket: chosen, paused after failures, replaced during a stream."""

import asyncio
import json

from contextlib import AsyncExitStack
from typing import final

import aiohttp
import attrs
import pytest

from structlog.testing import capture_logs
from tests.servers.gateway import MEMORY, Gateway, gateway
from tests.servers.openai import openai
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from adapters.gpu_http.pool import EnginePool, PoolMember
from adapters.gpu_http.target import BadEngineUrl, Target, new_client
from adapters.local_servers.server import free_port
from adapters.system.clock import SystemClock
from adapters.system.randomness import SystemRandomness
from aldea_core.domain.access.limits import Limits
from aldea_core.domain.errors import EngineUnavailable
from aldea_core.ports.engines import RemoteFileEngine


SECOND = bytes(range(256)) * 125
UNBOUND = Limits(requests_per_minute=None, concurrent_live=1000, concurrent_files=1000)


class Stage:
    """Two engines and a gateway before them."""

    def __init__(self, front: Gateway, engines: list[Gateway], ends: list) -> None:
        self.front = front
        self.engines = engines
        self._ends = ends

    async def lose(self, n: int) -> None:
        """The server of one engine goes away, with all its streams."""
        for stream in list(self.engines[n].services.gateway.live_engine().streams):
            stream.lose()
        await self._ends[n].aclose()

    def streams(self, n: int) -> int:
        return len(self.engines[n].services.gateway.live_engine().streams)

    def pool(self):
        return self.front.services.gateway.live_engine()


@pytest.fixture
async def stage():
    async with AsyncExitStack() as stack:
        engines, ends = [], []
        for _ in range(2):
            end = AsyncExitStack()
            stack.push_async_callback(end.aclose)
            settings = attrs.evolve(MEMORY, engine_token="between-us")
            engines.append(await end.enter_async_context(gateway(settings, is_engine=True)))
            ends.append(end)
        urls = tuple(engine.url for engine in engines)
        settings = attrs.evolve(
            MEMORY, ws_engines=urls, file_engines=urls, engine_token="between-us"
        )
        front = await stack.enter_async_context(gateway(settings, UNBOUND))
        yield Stage(front, engines, ends)


def stream(front: Gateway, query: str = "encoding=linear16&sample_rate=16000"):
    return connect(f"{front.websocket}/v1/listen?{query}", additional_headers=front.auth)


async def finals_of(socket) -> list[tuple]:
    frames = [json.loads(message) async for message in socket]
    assert frames[-1]["type"] == "Metadata"
    return [
        (frame["start"], frame["duration"], frame["text"])
        for frame in frames
        if frame["type"] == "Results" and frame["is_final"]
    ]


async def post(front: Gateway, body, **more):
    async with (
        aiohttp.ClientSession() as client,
        client.post(f"{front.url}/v1/listen", data=body, headers=front.auth, **more) as response,
    ):
        return response.status, await response.json()


class TestLive:
    async def test_stream_is_relayed_to_an_engine(self, stage):
        """
        The engine gets request id and parameters; the client gets its messages.
        """
        async with stream(stage.front) as socket:
            request_id = socket.response.headers["dg-request-id"]
            for n in range(4):
                await socket.send(SECOND[n:] + SECOND[:n])
            await socket.send('{"type":"Finalize"}')
            await socket.send('{"type":"CloseStream"}')
            frames = [json.loads(message) async for message in socket]

        assert frames[-1]["request_id"] == request_id
        assert frames[-1]["duration"] == 4.0
        assert frames[0]["metadata"]["model_info"]["name"] == "memory"
        assert any(frame.get("from_finalize") for frame in frames)
        assert sum(stage.streams(n) for n in range(2)) == 0

    async def test_configure_reaches_the_engine(self, stage):
        """
        And is answered.
        """
        async with stream(stage.front) as socket:
            await socket.send('{"type":"Configure","interim_results":false}')
            assert json.loads(await socket.recv())["type"] == "ConfigureSuccess"
            await socket.send(SECOND * 3)
            await socket.send(b"")
            frames = [json.loads(message) async for message in socket]

        assert all(frame["is_final"] for frame in frames if frame["type"] == "Results")

    async def test_least_loaded_engine_is_next(self, stage):
        """
        The less loaded of two gets the next.
        """
        async with AsyncExitStack() as stack:
            for _ in range(20):
                await stack.enter_async_context(stream(stage.front))
            loads = [stage.streams(n) for n in range(2)]

        assert sum(loads) == 20
        assert min(loads) >= 6

    async def test_unreachable_engine_fails_no_stream(self, stage):
        """
        All go to the other one.
        """
        await stage.lose(0)
        for _ in range(10):
            async with stream(stage.front) as socket:
                await socket.send(SECOND)
                await socket.send(b"")
                assert len(await finals_of(socket)) == 1

    @pytest.mark.parametrize("after", [0, 2, 3])
    async def test_stream_survives_a_dead_engine(self, stage, after):
        """
        The finals equal those of an undisturbed stream, and the log names the engine.
        """
        finals = []
        with capture_logs() as logs:
            for disturbed in (False, True):
                async with stream(stage.front) as socket:
                    for n in range(6):
                        await socket.send(SECOND[n:] + SECOND[:n])
                        await asyncio.sleep(0.02)
                        if disturbed and n == after:
                            lost = 0 if stage.streams(0) else 1
                            await stage.lose(lost)
                    await socket.send(b"")
                    finals.append(await asyncio.wait_for(finals_of(socket), 60))
        assert finals[0] == finals[1]
        failed = {log["engine"] for log in logs if log["event"] == "engine failed"}
        assert failed == {stage.engines[lost].url.removeprefix("http://")}
        async with (
            aiohttp.ClientSession() as client,
            client.get(f"{stage.front.url}/metrics") as response,
        ):
            assert "aldea_stream_recoveries_total 1.0" in await response.text()
        (first, second) = await stage.front.usage()
        assert first.audio_ms == second.audio_ms == 6000

    async def test_without_engines_new_streams_get_503(self, stage):
        await stage.lose(0)
        await stage.lose(1)
        status, answer = await post(stage.front, SECOND)

        assert (status, answer["err_code"]) == (503, "SERVICE_UNAVAILABLE")
        assert await stage.front.open_sessions() == 0

    async def test_recovered_engine_is_probed_after_its_pause(self, stage):
        pool = stage.pool()
        member = pool._engines[0]
        member.breaker.failed(stage.front.services.stores.clock().monotonic())
        await asyncio.sleep(1.05)
        async with AsyncExitStack() as stack:
            for _ in range(10):
                await stack.enter_async_context(stream(stage.front))
            assert stage.streams(0) > 0

    async def test_undecodable_audio_is_1008(self, stage):
        """
        The client's fault: the engine stays in the pool.
        """
        async with stream(stage.front) as socket:
            await socket.send(b"noise")
            with pytest.raises(ConnectionClosed):
                await socket.recv()

        assert socket.close_code == 1008
        assert all(state.value == "closed" for _, state, _ in stage.pool().state())


class TestFiles:
    async def test_file_is_sent_to_an_engine(self, stage):
        """
        Under the client's request id, billed by the engine's duration.
        """
        status, answer = await post(stage.front, SECOND * 3)

        (record,) = await stage.front.usage()
        assert (status, record.audio_ms) == (200, 3000)
        assert answer["metadata"]["request_id"] == record.session

    async def test_small_file_moves_to_another_engine(self, stage):
        """
        A small file moves to the other.
        """
        await stage.lose(0)
        for _ in range(8):
            assert (await post(stage.front, SECOND))[0] == 200

    @pytest.mark.parametrize(
        ("body", "status", "code"),
        [
            (b"", 422, "ASR_UNPROCESSABLE_ENTITY"),
            (b"noise", 400, "Bad Request"),
        ],
    )
    async def test_engines_refusal_of_audio_is_passed_on(self, stage, body, status, code):
        """
        Engine's refusal of audio is passed on.
        """
        got, answer = await post(stage.front, body)

        assert (got, answer["err_code"]) == (status, code)

    async def test_wrong_engine_token_is_no_401_for_the_client(self):
        async with (
            gateway(attrs.evolve(MEMORY, engine_token="right"), is_engine=True) as engine,
            gateway(
                attrs.evolve(
                    MEMORY,
                    file_engines=(engine.url,),
                    ws_engines=(engine.url,),
                    engine_token="wrong",
                ),
            ) as front,
        ):
            status, answer = await post(front, SECOND)

        assert status == 503
        assert "right" not in json.dumps(answer)


class TestOpenAi:
    @pytest.fixture
    async def played(self):
        async with openai() as server:
            yield server

    @pytest.fixture
    async def front(self, played):
        settings = attrs.evolve(MEMORY, file_engines=(played.url,), engine_token="sk-x")
        async with gateway(settings) as running:
            yield running

    async def test_openai_response_becomes_deepgrams_shape(self, played, front):
        """
        With word times.
        """
        status, answer = await post(front, SECOND * 2, params={"language": "en-US"})

        (asked,) = played.asked
        assert status == 200
        assert asked["file"] == [SECOND * 2]
        assert asked["authorization"] == ["Bearer sk-x"]
        assert (asked["model"], asked["language"]) == (["whisper-1"], ["en"])
        assert asked["timestamp_granularities[]"] == ["word", "segment"]
        assert answer["text"] == "Hello there."
        words = answer["results"]["channels"][0]["alternatives"][0]["words"]
        assert [(word["word"], word["start"]) for word in words] == [
            ("Hello", 0.1),
            ("there.", 0.6),
        ]
        assert [record.audio_ms for record in await front.usage()] == [1500]

    @pytest.mark.parametrize("params", [{"language": "multi"}, {"detect_language": "true"}])
    async def test_openai_detects_the_language_if_it_is_asked_for_none(self, played, front, params):
        """And names it in words, where Deepgram has its code."""
        _, answer = await post(front, SECOND, params=params)

        assert "language" not in played.asked[0]
        assert answer["results"]["channels"][0]["detected_language"] == "en"

    async def test_openai_refusal_is_passed_on(self, played, front):
        """
        With its error text.
        """
        played.status, played.answer = 400, {"error": {"message": "The audio file is corrupt."}}
        status, answer = await post(front, SECOND)

        assert (status, answer["error"]) == (400, "The audio file is corrupt.")

    @pytest.mark.parametrize(
        "answer",
        [{}, [], {"text": "x"}, *({"text": "x", "duration": one} for one in ("long", -5, 1e400))],
    )
    async def test_invalid_openai_response_is_503(self, played, front, answer):
        """
        Nothing is billed.
        """
        played.answer = answer
        status, _ = await post(front, SECOND)

        assert status == 503
        assert [record.audio_ms for record in await front.usage()] == [0]

    async def test_openai_engine_refuses_raw_audio(self, front):
        """
        By the parameter's name: that protocol cannot express it.
        """
        status, answer = await post(front, SECOND, params={"encoding": "linear16"})

        assert status == 400
        assert "encoding" in answer["error"]

    async def test_openai_engine_refuses_to_redact(self, played, front):
        """
        That protocol cannot express it, and silence would leak.
        """
        status, answer = await post(front, SECOND, params={"redact": "pci"})

        assert status == 400
        assert "redact" in answer["error"]
        assert played.asked == []

    async def test_prompt_is_passed_on_and_other_parameters_warned_of(self, played, front):
        wanted = {"prompt": "Names", "temperature": "0.5", "diarize": "true", "keyterm": "x"}
        _, answer = await post(front, SECOND, params=wanted)

        assert (played.asked[0]["prompt"], played.asked[0]["temperature"]) == (["Names"], ["0.5"])
        warned = [
            warning["message"].partition(" ")[0] for warning in answer["metadata"]["warnings"]
        ]
        assert warned == ["diarize", "keyterm"]

    async def test_live_streams_need_the_bundled_engine(self, front):
        """
        OpenAI's protocol has none.
        """
        async with stream(front) as socket:
            await socket.send(SECOND)
            await socket.send(b"")
            assert len(await finals_of(socket)) == 1


class TestTargets:
    @pytest.mark.parametrize("url", ["", "gpu-1:8443", "ftp://gpu-1", "http://", "openai+gpu"])
    def test_invalid_engine_url_is_refused(self, url):
        """
        With what is valid.
        """
        with pytest.raises(BadEngineUrl, match="http://HOST"):
            Target.parse(url, "secret")

    def test_the_token_is_in_no_repr(self):
        """
        Nor a password of the URL.
        """
        target = Target.parse("https://user:hidden@gpu-1:8443/base/", "secret")

        assert "secret" not in repr(target)
        assert "hidden" not in repr(target)
        assert target.name == "gpu-1:8443"
        assert target.url("/v1/listen").path == "/base/v1/listen"

    def test_host_of_an_ipv6_address_is_in_brackets(self):
        """
        Else servers that follow RFC 9112 answer 400.
        """
        target = Target.parse("http://[::1]:8443")

        assert target.lines == "Host: [::1]:8443\r\n"
        assert target.address == ("::1", 8443)


@final
class Elsewhere(RemoteFileEngine):
    """An adapter that the pool does not know."""

    def __init__(self) -> None:
        self.losses = 0
        self.is_closed = False

    def lose(self) -> None:
        self.losses += 1

    def close(self) -> None:
        self.is_closed = True

    async def transcribe(self, request, body):
        raise EngineUnavailable


async def test_failed_checks_reach_file_engines_of_any_kind():
    elsewhere = Elsewhere()
    target = Target.parse(f"http://127.0.0.1:{free_port()}")
    member = PoolMember(target, False, elsewhere, 4)
    async with new_client() as client:
        pool = EnginePool([member], client, SystemClock(), SystemRandomness(), most_kept=0)
        assert not await pool._is_well(member)
        assert elsewhere.losses == 0  # a single failed check means little
        assert not await pool._is_well(member)
        assert elsewhere.losses == 1

        await pool.close()

    assert elsewhere.is_closed
