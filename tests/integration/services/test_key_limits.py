"""Models and limits of one key at a gateway: live, files, and OpenAI's dialect."""

import aiohttp
import attrs
import openai
import pytest
import websockets

from tests.servers.gateway import MEMORY, gateway

from aldea_core.domain.access.key_limits import KeyLimits
from aldea_core.domain.access.limits import Limits


SETTINGS = attrs.evolve(
    MEMORY, models=(("standard", "memory"), ("fast", "small"), ("slow", "large"))
)
UNBOUND = Limits(requests_per_minute=None)
SECOND = bytes(range(256)) * 125
QUERY = "encoding=linear16&sample_rate=16000"


@pytest.fixture
async def served():
    async with gateway(SETTINGS, UNBOUND) as running:
        yield running


def token(key: str) -> dict[str, str]:
    return {"Authorization": f"Token {key}"}


async def post(served, key: str, query: str = "") -> tuple[int, dict, dict]:
    url = f"{served.url}/v1/listen?{QUERY}{query}"
    async with (
        aiohttp.ClientSession() as http,
        http.post(url, data=SECOND, headers=token(key)) as answer,
    ):
        return answer.status, await answer.json(), dict(answer.headers)


def live(served, key: str, query: str = ""):
    url = f"{served.websocket}/v1/listen?{QUERY}{query}"
    return websockets.connect(url, additional_headers=token(key))


async def transcribed(served, key: str, model: str):
    async with openai.AsyncOpenAI(
        api_key=key, base_url=f"{served.url}/v1", max_retries=0
    ) as client:
        file = ("audio.raw", SECOND)
        return await client.audio.transcriptions.create(file=file, model=model)


async def test_model_that_a_key_is_not_allowed_is_403(served):
    """
    In all dialects; nothing is billed, and the text says what it may use.
    """
    key = await served.limited_key(models=("fast", "slow"))
    said = "may use: fast, slow."

    status, answer, _ = await post(served, key, "&model=standard")
    assert (status, answer["err_code"]) == (403, "INSUFFICIENT_PERMISSIONS")
    assert said in answer["err_msg"]

    with pytest.raises(websockets.InvalidStatus) as refused:
        await live(served, key, "&model=standard")
    assert refused.value.response.status_code == 403
    assert said in refused.value.response.headers["dg-error"]

    with pytest.raises(openai.PermissionDeniedError, match=said):
        await transcribed(served, key, "standard")

    assert sum(record.audio_ms for record in await served.usage()) == 0
    assert await served.open_sessions() == 0


async def test_request_without_a_model_gets_the_keys_first(served):
    key = await served.limited_key(models=("slow", "fast"))

    assert (await post(served, key))[0] == 200
    async with live(served, key):
        assert len(served.streams) == 1
    assert (await post(served, key, "&model=fast"))[0] == 200


async def test_models_are_listed_as_the_key_may_use_them(served):
    key = await served.limited_key(models=("fast",), no_longer_offered="gone")
    async with aiohttp.ClientSession() as http:
        async with http.get(f"{served.url}/v1/models", headers=token(key)) as answer:
            listed = await answer.json()
        async with http.get(f"{served.url}/v1/models/slow", headers=token(key)) as answer:
            hidden = answer.status

    assert [model["id"] for model in listed["data"]] == ["fast"]
    assert hidden == 404


async def test_429_says_that_the_limit_is_the_keys(served):
    """
    For live streams, files and OpenAI's dialect; the org's other keys go on.
    """
    key = await served.limited_key(limits=KeyLimits(concurrent_sessions=1))
    said = "open sessions of this API key: the limit is 1, 1 are open."
    async with live(served, key):
        status, answer, headers = await post(served, key)
        assert (status, answer["err_code"]) == (429, "TOO_MANY_REQUESTS")
        assert said in answer["err_msg"]
        assert headers["Retry-After"] == "1"
        assert headers["RateLimit-Policy"] == '"key_sessions";q=1;qu="concurrent-requests"'
        with pytest.raises(websockets.InvalidStatus) as refused:
            await live(served, key)
        assert said in refused.value.response.headers["dg-error"]
        with pytest.raises(openai.RateLimitError, match=said):
            await transcribed(served, key, "standard")
        assert (await post(served, served.key))[0] == 200

    slow = await served.limited_key(limits=KeyLimits(requests_per_minute=1))
    assert (await post(served, slow))[0] == 200
    status, answer, headers = await post(served, slow)
    assert status == 429
    assert "the limit is 1 requests per minute of this API key" in answer["err_msg"]
    assert headers["RateLimit-Policy"] == '"key_requests_per_minute";q=1;w=60'
