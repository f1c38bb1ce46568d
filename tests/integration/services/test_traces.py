"""Traces: one for a live stream and for a file, through gateway and engine; none unless asked for."""

import asyncio
import urllib.error
import urllib.request

import attrs
import pytest

from tests.servers.collector import collector
from tests.servers.gateway import MEMORY, gateway
from tests.servers.services import serving
from websockets.asyncio.client import connect


pytestmark = pytest.mark.slow

RAW = "encoding=linear16&sample_rate=16000"
TOKEN = "between-us"
TRACE = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT = f"00-{TRACE}-b7ad6b7169203331-01"
ENGINE = {"ALDEA_BUNDLED_ENGINE": "memory", "ALDEA_ENGINE_TOKEN": TOKEN}


async def stream(url: str, headers: dict[str, str]) -> None:
    async with connect(f"{url}/v1/listen?{RAW}", additional_headers=headers) as socket:
        await socket.send(bytes(3200))
        await socket.send('{"type":"CloseStream"}')
        async for _ in socket:
            pass


def post(url: str, headers: dict[str, str]) -> int:
    request = urllib.request.Request(
        f"{url}/v1/listen?{RAW}", bytes(3200), {**headers, "Content-Type": "audio/raw"}
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


async def traced(ask) -> list:
    """The steps of the trace in which *ask* asks a gateway before an engine."""
    with collector() as found:
        with serving("stt", **ENGINE, ALDEA_TRACES_URL=found.url) as engine:
            settings = attrs.evolve(
                MEMORY,
                ws_engines=(engine.url,),
                file_engines=(engine.url,),
                engine_token=TOKEN,
                traces_url=found.url,
            )
            async with gateway(settings) as front:
                await ask(front, {"traceparent": TRACEPARENT})
        secrets = (front.auth["Authorization"].split()[1], TOKEN)
        assert not any(secret in str(found.steps) for secret in secrets)
        return found.of(TRACE)


async def live(front, headers: dict[str, str]) -> None:
    await stream(front.websocket, {**front.auth, **headers})


async def file(front, headers: dict[str, str]) -> None:
    assert await asyncio.to_thread(post, front.url, {**front.auth, **headers}) == 200


@pytest.mark.parametrize(("ask", "method", "status"), [(live, "GET", 101), (file, "POST", 200)])
async def test_request_is_one_trace_through_gateway_and_engine(ask, method, status):
    """
    The client's own is its root; each step is in the one that caused it.
    """
    steps = await traced(ask)
    name = f"{method} /v1/listen"

    assert [(step.service, step.kind, step.name) for step in steps] == [
        ("gateway", "server", name),
        ("gateway", "client", name),
        ("stt", "server", name),
    ]
    outer, between, inner = steps
    assert (outer.parent, between.parent, inner.parent) == (
        "b7ad6b7169203331",
        outer.id,
        between.id,
    )
    for step in (outer, inner):
        assert step.attributes["http.response.status_code"] == status
        assert step.attributes["http.route"] == "/v1/listen"
    assert outer.attributes["aldea.request_id"] == inner.attributes["aldea.request_id"]


async def test_refusal_is_no_failure_of_the_server():
    """
    It has its status, and no step at an engine.
    """

    async def refused(front, headers: dict[str, str]) -> None:
        wrong = {"Authorization": "Token org_wrong", **headers}
        assert await asyncio.to_thread(post, front.url, wrong) == 401

    (step,) = await traced(refused)

    assert step.attributes["http.response.status_code"] == 401
    assert not step.is_failed


async def test_collector_that_is_away_harms_nothing():
    """
    Requests are answered, and the service stops.
    """
    with serving("stt", **ENGINE, ALDEA_TRACES_URL="http://127.0.0.1:1") as engine:
        headers = {"Authorization": f"Token {TOKEN}", "traceparent": "00-malformed"}
        assert await asyncio.to_thread(post, engine.url, headers) == 200
        engine.process.terminate()
        assert await asyncio.to_thread(engine.process.wait, 60) == 0
