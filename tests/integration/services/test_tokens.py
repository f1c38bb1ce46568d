"""Listening tokens at a gateway and from the backend: their origin, their audio, their tags."""

import asyncio

import aiohttp
import attrs
import pytest
import websockets

from tests.servers.gateway import MEMORY, gateway

from aldea_core.domain.access.key_limits import KeyLimits
from aldea_core.domain.access.limits import Limits


UNBOUND = Limits(requests_per_minute=None)
SETTINGS = attrs.evolve(MEMORY, lead_seconds=1e6)
SECOND = bytes(range(256)) * 125
QUERY = "encoding=linear16&sample_rate=16000"
PAGE = "https://app.example.com"


@pytest.fixture
async def served():
    async with gateway(SETTINGS, UNBOUND) as running:
        yield running


async def grant(served, key: str | None = None, **wanted) -> dict:
    headers = {"Authorization": f"Token {key or served.key}"}
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{served.url}/v1/auth/grant", json=wanted, headers=headers) as answer,
    ):
        return {"status": answer.status, **(await answer.json())}


def bearer(made: dict, origin: str | None = None) -> dict[str, str]:
    page = {} if origin is None else {"Origin": origin}
    return {"Authorization": f"Bearer {made['access_token']}", **page}


async def post(served, headers: dict[str, str], seconds: int = 1) -> tuple[int, str]:
    url = f"{served.url}/v1/listen?{QUERY}"
    async with (
        aiohttp.ClientSession() as http,
        http.post(url, data=SECOND * seconds, headers=headers) as answer,
    ):
        return answer.status, (await answer.json()).get("err_msg", "")


def live(served, headers: dict[str, str], query: str = ""):
    return websockets.connect(
        f"{served.websocket}/v1/listen?{QUERY}{query}", additional_headers=headers
    )


async def test_token_is_bound_to_an_origin(served):
    """
    For files and streams; where it is used by no page, too.
    """
    headers = bearer(await grant(served, origin="https://APP.example.com:443"), PAGE)
    foreign = [
        {**headers, "Origin": "https://evil.example.com"},
        {"Authorization": headers["Authorization"]},
    ]

    assert (await post(served, headers))[0] == 200
    async with live(served, headers):
        pass
    for wrong in foreign:
        assert await post(served, wrong) == (403, "This token is for pages of another origin.")
        with pytest.raises(websockets.InvalidStatus) as refused:
            await live(served, wrong)
        assert refused.value.response.status_code == 403


async def test_tags_are_put_on_its_requests(served):
    key = await served.limited_key(tags=("shop",))
    headers = bearer(await grant(served, key, tags=["kiosk"]))
    await post(served, headers)
    async with live(served, headers, "&tag=mine") as stream:
        await stream.send('{"type":"CloseStream"}')
        _ = [message async for message in stream]

    assert sorted(sorted(record.tags) for record in await served.usage()) == [
        ["kiosk", "mine", "shop"],
        ["kiosk", "shop"],
    ]


async def test_stream_ends_when_its_tokens_audio_is_used_up(served):
    """
    With a close code of its own, billed as far as the token goes; the token opens no more.
    """
    headers = bearer(await grant(served, audio_seconds=3))
    async with live(served, headers) as stream:
        await stream.send(SECOND * 2)
        await stream.send('{"type":"CloseStream"}')
        _ = [message async for message in stream]
        assert stream.close_code == 1000

    async with asyncio.timeout(60), live(served, headers) as stream:
        for _ in range(3):
            await stream.send(SECOND)
        with pytest.raises(websockets.ConnectionClosedError):
            _ = [message async for message in stream]
    assert stream.close_code == 4005
    assert stream.close_reason == "The audio that this token allows is used up."

    with pytest.raises(websockets.InvalidStatus) as refused:
        await live(served, headers)
    assert refused.value.response.status_code == 402
    assert "3 of 3 seconds" in refused.value.response.headers["dg-error"]
    assert (await post(served, headers))[0] == 402
    assert (await post(served, served.auth))[0] == 200
    by_token = [record.audio_ms for record in await served.usage() if record.kind == "live"]
    assert sorted(by_token) == [1000, 2000]


async def test_file_beyond_the_tokens_audio_is_402_and_not_billed(served):
    headers = bearer(await grant(served, audio_seconds=2))

    status, said = await post(served, headers, seconds=3)
    assert (status, said) == (402, "The audio that this token allows is used up.")
    assert (await post(served, headers, seconds=2))[0] == 200
    assert [record.audio_ms for record in await served.usage() if record.audio_ms] == [2000]


async def test_token_is_within_its_keys_limits(served):
    key = await served.limited_key(limits=KeyLimits(concurrent_sessions=1))
    tokens = [await grant(served, key, audio_seconds=100), await grant(served, key)]
    async with live(served, bearer(tokens[0])):
        status, said = await post(served, bearer(tokens[1]))

    assert status == 429
    assert "of this API key" in said


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "app.example.com"},
        {"origin": 7},
        {"audio_seconds": 0},
        {"audio_seconds": "9"},
        {"audio_seconds": True},
        {"tags": "kiosk"},
        {"tags": ["a b"]},
        {"tags": [1]},
        {"ttl_seconds": None},
        {"ttl_seconds": 3601},
        {"audio_second": 60},
    ],
)
async def test_wrong_bounds_are_400(served, wrong):
    """
    By name, also one that is misspelt: the token would be without it.
    """
    answer = await grant(served, **wrong)

    assert answer["status"] == 400
    assert next(iter(wrong)) in answer["err_msg"]
