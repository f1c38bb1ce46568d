"""OpenAI's dialect on a real gateway, with the official SDK unmodified but for base URL and key."""

import asyncio
import io
import json
import tracemalloc

from contextlib import asynccontextmanager

import aiohttp
import attrs
import openai
import pytest

from tests.servers.gateway import MEMORY, Gateway, gateway
from tests.servers.held_engine import HeldEngine
from tests.servers.waiting import until

from aldea_core.domain.access.limits import Limits


SECOND = bytes(range(256)) * 125
AUDIO = SECOND * 2 + SECOND[:16_000]
UNBOUND = Limits(requests_per_minute=None, max_upload_bytes=1_000_000)
SETTINGS = attrs.evolve(MEMORY, models=(("whisper-1", "memory"), ("large", "memory")))
PATH = "/v1/audio/transcriptions"


@pytest.fixture
async def served():
    async with gateway(SETTINGS, UNBOUND) as running:
        yield running


@asynccontextmanager
async def client_of(served: Gateway, key: str | None = None):
    url = f"{served.url}/v1"
    async with openai.AsyncOpenAI(api_key=key or served.key, base_url=url, max_retries=0) as made:
        yield made


@pytest.fixture
async def client(served):
    async with client_of(served) as made:
        yield made


@pytest.fixture
async def http():
    async with aiohttp.ClientSession() as session:
        yield session


def wav(audio: bytes = AUDIO) -> io.BytesIO:
    file = io.BytesIO(audio)
    file.name = "audio.raw"
    return file


class TestTheSdk:
    async def test_json_has_the_text_and_the_seconds_used(self, client):
        answer = await client.audio.transcriptions.create(file=wav(), model="whisper-1")

        assert len(answer.text.split()) == 3
        assert answer.usage.seconds == 3

    async def test_verbose_json_has_segments_and_words(self, client):
        answer = await client.audio.transcriptions.create(
            file=wav(),
            model="whisper-1",
            response_format="verbose_json",
            timestamp_granularities=["word", "segment"],
            language="en",
            prompt="Names",
            temperature=0.2,
        )

        assert answer.duration == 2.5
        assert [word.start for word in answer.words] == [0, 1, 2]
        assert answer.segments[0].text.split()[0] == answer.words[0].word

    @pytest.mark.parametrize(
        ("wanted", "begins"), [("text", ""), ("srt", "1\n00:00:00,000 -->"), ("vtt", "WEBVTT\n")]
    )
    async def test_text_and_subtitles_are_answered_as_text(self, client, wanted, begins):
        answer = await client.audio.transcriptions.create(
            file=wav(), model="whisper-1", response_format=wanted
        )

        assert answer.startswith(begins)
        assert answer.strip()

    async def test_stream_is_a_delta_and_the_whole_text(self, client):
        stream = await client.audio.transcriptions.create(
            file=wav(), model="whisper-1", stream=True
        )
        events = [event async for event in stream]

        assert [event.type for event in events] == ["transcript.text.delta", "transcript.text.done"]
        assert events[0].delta == events[1].text

    async def test_models_are_listed_and_shown(self, client):
        assert [model.id async for model in client.models.list()] == ["whisper-1", "large"]
        assert (await client.models.retrieve("large")).id == "large"
        with pytest.raises(openai.NotFoundError):
            await client.models.retrieve("nope")

    async def test_wrong_key_is_401(self, served):
        async with client_of(served, "org_wrong") as unauthenticated:
            with pytest.raises(openai.AuthenticationError) as refused:
                await unauthenticated.audio.transcriptions.create(file=wav(), model="whisper-1")
            with pytest.raises(openai.AuthenticationError):
                await unauthenticated.models.list()

        assert refused.value.code == "invalid_api_key"
        assert refused.value.request_id

    @pytest.mark.parametrize(
        ("parameters", "param"),
        [
            ({"model": "nope"}, "model"),
            ({"temperature": 7}, "temperature"),
            ({"response_format": "diarized_json"}, "response_format"),
        ],
    )
    async def test_malformed_parameter_is_named(self, client, parameters, param):
        with pytest.raises(openai.BadRequestError) as refused:
            await client.audio.transcriptions.create(
                **{"file": wav(), "model": "whisper-1", **parameters}
            )

        assert refused.value.param == param

    async def test_undecodable_audio_is_400_and_empty_422(self, client):
        create = client.audio.transcriptions.create
        with pytest.raises(openai.BadRequestError):
            await create(file=wav(b"noise" * 100), model="whisper-1")
        with pytest.raises(openai.UnprocessableEntityError):
            await create(file=wav(b""), model="whisper-1")

    async def test_limit_is_429_with_its_name(self, served):
        key = await served.new_key(limits=Limits(requests_per_minute=1, request_burst=1))
        async with client_of(served, key) as limited:
            await limited.audio.transcriptions.create(file=wav(), model="whisper-1")
            with pytest.raises(openai.RateLimitError, match="1 requests per minute") as refused:
                await limited.audio.transcriptions.create(file=wav(), model="whisper-1")

        assert refused.value.code == "rate_limit_exceeded"
        assert int(refused.value.response.headers["Retry-After"]) > 0

    async def test_too_large_file_is_413(self, client):
        with pytest.raises(openai.APIStatusError) as refused:
            await client.audio.transcriptions.create(file=wav(bytes(1_000_001)), model="whisper-1")

        assert refused.value.status_code == 413
        assert "max_upload_bytes" in str(refused.value)


def form(*parts: tuple[str, bytes]) -> aiohttp.FormData:
    data = aiohttp.FormData()
    for name, value in parts:
        filename = "a" if name == "file" else None
        data.add_field(name, value if name == "file" else value.decode(), filename=filename)
    return data


class TestTheForm:
    @pytest.mark.parametrize("is_first", [True, False])
    async def test_fields_may_come_after_the_file(self, served, http, is_first):
        fields = [("response_format", b"verbose_json"), ("model", b"large")]
        parts = [("file", AUDIO), *fields] if is_first else [*fields, ("file", AUDIO)]
        async with http.post(served.url + PATH, data=form(*parts), headers=served.auth) as answer:
            said = await answer.json()

        assert (answer.status, said["duration"]) == (200, 2.5)

    @pytest.mark.parametrize(
        ("name", "value", "media"),
        [
            ("response_format", b"text", "text/plain; charset=utf-8"),
            ("response_format", b"srt", "application/x-subrip; charset=utf-8"),
            ("response_format", b"vtt", "text/vtt; charset=utf-8"),
            ("response_format", b"json", "application/json"),
            ("response_format", b"verbose_json", "application/json"),
            ("stream", b"true", "text/event-stream; charset=utf-8"),
        ],
    )
    async def test_upload_of_unknown_length_is_answered_alike(
        self, served, http, name, value, media
    ):
        """
        Clients that read the file while they send it, as OpenAI's for JavaScript, send chunks.
        """

        async def answered(**how):
            data = form(("file", AUDIO), (name, value))
            async with http.post(
                served.url + PATH, data=data, headers=served.auth, **how
            ) as answer:
                return answer.status, answer.headers["Content-Type"], len(await answer.read())

        whole, chunked = await answered(), await answered(chunked=True)

        assert chunked == whole
        assert chunked[:2] == (200, media)

    async def test_parameters_of_listen_go_into_the_query(self, served, http):
        url = f"{served.url}{PATH}?tag=a&encoding=linear16&sample_rate=8000"
        async with http.post(url, data=form(("file", AUDIO)), headers=served.auth) as answer:
            assert (await answer.json())["usage"]["seconds"] == 5
        (record,) = await served.usage()

        assert record.tags == ("a",)

    async def test_language_of_the_query_holds_where_the_form_names_none(self, served, client):
        said = await client.audio.transcriptions.create(
            file=wav(),
            model="whisper-1",
            response_format="verbose_json",
            extra_query={"language": "es"},
        )
        (record,) = await served.usage()

        assert (said.language, record.language) == ("spanish", "es")

    async def test_file_is_on_disk_not_in_memory(self, served, http, monkeypatch):
        key = await served.new_key(limits=Limits(max_upload_bytes=10**9))

        async def parts():
            yield b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\n'
            for _ in range(320):
                yield bytes(100_000)
            # Refused once it is read: the engine of this test would keep it in memory.
            yield b'\r\n--b\r\nContent-Disposition: form-data; name="stream"\r\n\r\n?\r\n--b--'

        headers = {
            "Authorization": f"Bearer {key}",
            "Content-Type": "multipart/form-data; boundary=b",
        }
        tracemalloc.start()
        try:
            async with http.post(served.url + PATH, data=parts(), headers=headers) as answer:
                assert (await answer.json())["error"]["param"] == "stream"
            most = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

        assert most < 8_000_000

    @pytest.mark.parametrize(
        ("body", "headers"),
        [
            (b"x", {}),
            (b"x", {"Content-Type": "audio/wav"}),
            (b"x", {"Content-Type": "multipart/form-data; boundary=b"}),
            (b"--b--", {"Content-Type": "multipart/form-data; boundary=b"}),
        ],
    )
    async def test_other_bodies_are_refused_in_openais_shape(self, served, http, body, headers):
        headers = {**served.auth, **headers}
        async with http.post(served.url + PATH, data=body, headers=headers) as answer:
            said = await answer.json()

        assert (answer.status, said["error"]["type"]) == (400, "invalid_request_error")

    async def test_unknown_addresses_are_refused_in_openais_shape(self, served, http):
        async with http.get(served.url + PATH, headers=served.auth) as answer:
            assert answer.status == 405
            assert (await answer.json())["error"]["code"] == "method_not_allowed"
        async with http.post(f"{served.url}/v1/audio/speech", headers=served.auth) as answer:
            assert answer.status == 404
            assert (await answer.json())["error"]["message"]

    async def test_translation_is_refused_in_words(self, served, http):
        url = f"{served.url}/v1/audio/translations"
        async with http.post(url, data=form(("file", AUDIO)), headers=served.auth) as answer:
            assert answer.status == 400
            assert "not supported" in (await answer.json())["error"]["message"]

    async def test_listen_takes_no_form(self, served, http):
        data = form(("file", AUDIO))
        async with http.post(f"{served.url}/v1/listen", data=data, headers=served.auth) as answer:
            said = await answer.json()

        assert answer.status == 415
        assert "as the body" in said["err_msg"]
        assert [(each.status, each.audio_ms) for each in await served.usage()] == [(415, 0)]


class TestTheLedger:
    async def test_answered_file_is_billed_once(self, served, client):
        await client.audio.transcriptions.create(file=wav(), model="whisper-1", language="es")
        (record,) = await served.usage()

        assert (record.audio_ms, record.status, record.language) == (2500, 200, "es")
        assert await served.open_sessions() == 0

    async def test_refused_form_is_recorded_and_not_billed(self, served, client):
        with pytest.raises(openai.BadRequestError):
            await client.audio.transcriptions.create(file=wav(), model="nope")
        (record,) = await served.usage()

        assert (record.audio_ms, record.status) == (0, 400)
        assert await served.open_sessions() == 0

    async def test_upload_that_stops_is_ended(self, http):
        settings = attrs.evolve(SETTINGS, upload_idle_seconds=0.5)

        async def parts():
            yield b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\nabc'
            await asyncio.Event().wait()

        async with gateway(settings, UNBOUND) as served:
            headers = {**served.auth, "Content-Type": "multipart/form-data; boundary=b"}
            async with http.post(served.url + PATH, data=parts(), headers=headers) as answer:
                assert answer.status == 408
                assert json.loads(await answer.read())["error"]["message"]
            (record,) = await served.usage()
            assert (record.audio_ms, record.status) == (0, 408)
            assert await served.open_sessions() == 0

    async def test_client_that_hangs_up_ends_the_work(self, http):
        engine = HeldEngine()
        async with gateway(SETTINGS, UNBOUND, file_engine=engine) as served:
            asking = asyncio.create_task(
                http.post(served.url + PATH, data=form(("file", AUDIO)), headers=served.auth)
            )
            await engine.has_read.wait()
            asking.cancel()
            await until(served.usage)
            (record,) = await served.usage()
            assert (record.audio_ms, record.status) == (0, 499)
