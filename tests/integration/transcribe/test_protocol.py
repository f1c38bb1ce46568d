"""Files over real sockets, row by row of the published protocol (sections 1 to 4)."""

import asyncio
import json
import uuid

from collections.abc import AsyncIterator
from datetime import timedelta

import aiohttp
import attrs
import pytest
import structlog

from aiohttp import web
from tests.contract.values import lease
from tests.servers.gateway import MEMORY, Gateway, gateway
from tests.servers.raw import exchange, post
from tests.servers.waiting import until

from adapters.guarded_http.callbacks import WebCallbacks
from adapters.guarded_http.client import GuardedClient
from adapters.guarded_http.guard import Guard
from adapters.local_servers.server import free_port
from aldea_core.domain.access.keys import KeyDraft
from aldea_core.domain.access.limits import Limits, OrgStatus
from aldea_core.domain.transcripts.options import Callback
from entrypoints.http.server import serving
from entrypoints.transcribe.endpoint import PATHS


SECOND = bytes(range(256)) * 125
AUDIO = SECOND * 2 + SECOND[:16_000]


@pytest.fixture
async def served() -> AsyncIterator[Gateway]:
    settings = attrs.evolve(MEMORY, allow_private_urls=True)
    async with gateway(settings, Limits(requests_per_minute=None)) as running:
        yield running


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def ask(client, served: Gateway, *, path: str = "/v1/listen", body=AUDIO, **more):
    """The status, headers and JSON of an answer."""
    more.setdefault("headers", served.auth)
    async with client.post(served.url + path, data=body, **more) as response:
        return response.status, response.headers, await response.json()


class TestAnswers:
    async def test_ignored_parameters_are_in_the_warnings(self, served, client):
        """
        Known ones and unknown ones.
        """
        names = ["keyterm", "dictation", "summarize", "sentiment", "topics", "intents"]
        names += ["detect_entities", "alternatives", "filler_words", "measurements", "made_up"]
        asked = {**dict.fromkeys(names, "2"), "filler_words": "true"}
        query = "&".join(f"{name}={value}" for name, value in asked.items())
        query += "&diarize=true&detect_language=true"
        status, _, answer = await ask(client, served, path=f"/v1/listen?{query}")

        warned = {
            warning["message"].partition(" ")[0] for warning in answer["metadata"]["warnings"]
        }
        assert status == 200
        assert warned == {*names, "diarize", "detect_language"}

    @pytest.mark.parametrize("path", PATHS)
    async def test_every_path_alias_works(self, served, client, path):
        """
        Four paths, one endpoint.
        """
        status, _, answer = await ask(client, served, path=path)

        assert status == 200
        assert len(answer["text"].split()) == 3
        assert answer["metadata"]["duration"] == 2.5
        assert answer["results"]["channels"][0]["alternatives"][0]["transcript"] == answer["text"]

    @pytest.mark.parametrize(
        "kind",
        [
            None,
            "application/octet-stream",
            "audio/wav",
            "deepgram/audio+video",
            "application/x-www-form-urlencoded",
            "text/plain",
        ],
    )
    async def test_everything_but_json_is_audio(self, served, client, kind):
        """
        Whatever the Content-Type, but forms with parts (see test_openai).
        """
        headers = {**served.auth, **({"Content-Type": kind} if kind else {})}
        skip = () if kind else ("Content-Type",)
        async with client.post(
            f"{served.url}/v1/listen", data=AUDIO, headers=headers, skip_auto_headers=skip
        ) as response:
            assert (await response.json())["metadata"]["duration"] == 2.5

    async def test_chunked_body_is_accepted(self, served, client):
        async def chunks():
            for n in range(0, len(AUDIO), 7000):
                yield AUDIO[n : n + 7000]

        status, _, answer = await ask(client, served, body=chunks())

        assert (status, answer["metadata"]["duration"]) == (200, 2.5)

    async def test_headers_have_the_request_id_and_the_remaining_limit(self, served, client):
        """
        The request id, as in the body, and the remaining limit.
        """
        _, headers, answer = await ask(client, served)

        assert headers["dg-request-id"] == answer["metadata"]["request_id"]
        assert uuid.UUID(headers["dg-request-id"]).version == 4
        assert (headers["X-RateLimit-Limit"], headers["X-RateLimit-Remaining"]) == ("10", "9")
        assert "X-RateLimit-Reset" in headers

    async def test_raw_audio_is_measured_by_its_format(self, served, client):
        _, _, answer = await ask(
            client, served, path="/v1/listen?encoding=mulaw&sample_rate=8000&channels=2"
        )

        assert answer["metadata"]["duration"] == 5.0

    async def test_usage_is_billed_once_per_response(self, served, client):
        """
        By the audio, with the key and the tags.
        """
        await ask(client, served, path="/v1/listen?tag=a&tag=b&model=special")

        (record,) = await served.usage()
        assert (record.audio_ms, record.status, record.tags) == (2500, 200, ("a", "b"))
        assert record.final
        assert await served.open_sessions() == 0


class TestAuthentication:
    @pytest.mark.parametrize("scheme", ["Token", "token", "Bearer", "bearer", "BEARER"])
    async def test_authorization_is_token_or_bearer_in_any_case(self, served, client, scheme):
        """
        Both, in any case.
        """
        headers = {"Authorization": f"{scheme} {served.key}"}

        assert (await ask(client, served, headers=headers))[0] == 200

    @pytest.mark.parametrize(
        "header", [None, "", "Token", "Token ", "Token org_wrong", "Basic abc", "org_abc"]
    )
    async def test_invalid_key_is_401(self, served, client, header):
        """
        With both error shapes in the body.
        """
        headers = {} if header is None else {"Authorization": header}
        status, answered, answer = await ask(client, served, headers=headers)

        assert status == 401
        assert answer == {
            "error": "Invalid credentials.",
            "err_code": "INVALID_AUTH",
            "err_msg": "Invalid credentials.",
            "request_id": answered["dg-request-id"],
        }
        assert answered["dg-error"] == "Invalid credentials."

    async def test_key_without_the_scope_is_403(self, served, client):
        key = await served.new_key(scopes="usage:read")
        status, _, answer = await ask(client, served, headers={"Authorization": f"Token {key}"})

        assert (status, answer["err_code"]) == (403, "INSUFFICIENT_PERMISSIONS")

    async def test_suspended_org_is_403(self, served, client):
        accounts = served.services.stores.accounts()
        await accounts.set_status(served.org.id, OrgStatus.SUSPENDED)
        await served.sync()
        status, _, answer = await ask(client, served)

        assert (status, answer["error"]) == (403, "This organisation is suspended.")

    async def test_expired_key_is_refused(self, served, client):
        services = served.services
        _, secret = await services.identity.create_key()(
            served.org.id,
            KeyDraft("brief", expires=services.stores.clock().now() + timedelta(seconds=0.1)),
        )
        await served.sync()
        headers = {"Authorization": f"Token {secret.reveal()}"}

        async def is_refused() -> bool:
            return (await ask(client, served, headers=headers))[0] == 401

        await until(is_refused)


class TestLimits:
    async def test_too_many_concurrent_files_are_429(self, client):
        """
        It names the limit, its value and the count; the place is freed.
        """
        async with gateway(limits=Limits(concurrent_files=1)) as served:
            gate = asyncio.Event()

            async def slow():
                yield SECOND
                await gate.wait()
                yield SECOND

            first = asyncio.create_task(ask(client, served, body=slow()))
            while not await served.open_sessions():
                await asyncio.sleep(0.01)
            status, headers, answer = await ask(client, served)
            gate.set()
            assert (await first)[0] == 200
            assert (await ask(client, served))[0] == 200

        assert (status, answer["err_code"]) == (429, "TOO_MANY_REQUESTS")
        assert answer["error"] == (
            "Too many concurrent files: the limit is 1, 1 are open. Try again in 1 second."
        )
        assert headers["RateLimit"] == '"concurrent_files";r=0;t=1'
        assert (headers["Retry-After"], headers["X-RateLimit-Remaining"]) == ("1", "0")

    async def test_too_many_requests_a_minute_are_429(self, client):
        """
        By the rate's name.
        """
        limits = Limits(requests_per_minute=60, request_burst=1)
        async with gateway(limits=limits) as served:
            await ask(client, served)
            status, headers, answer = await ask(client, served)

        assert (status, headers["Retry-After"]) == (429, "1")
        assert answer["error"] == (
            "Too many requests: the limit is 60 requests per minute, 1 at once; 1 are counted. "
            "Try again in 1 second."
        )
        assert headers["RateLimit"] == '"requests_per_minute";r=0;t=1'
        # As in every response, these are about concurrent sessions.
        assert (headers["X-RateLimit-Limit"], headers["X-RateLimit-Remaining"]) == ("10", "10")

    async def test_used_up_quota_is_402(self, client):
        """
        So is a file longer than the rest; it is not billed.
        """
        async with gateway(limits=Limits(quota_ms=4000)) as served:
            first = await ask(client, served)
            refused = [await ask(client, served) for _ in range(2)]
            usage = await served.usage()

        assert first[0] == 200
        for status, _, answer in refused:
            assert (status, answer["err_code"]) == (402, "ASR_PAYMENT_REQUIRED")
            assert "monthly quota is used up" in answer["error"]
        assert sorted(each.audio_ms for each in usage) == [0, 0, 2500]

    async def test_too_long_file_is_413(self, client):
        """
        By the limit's name; it is not billed.
        """
        async with gateway(limits=Limits(max_file_seconds=2)) as served:
            status, _, answer = await ask(client, served)
            (record,) = await served.usage()

        assert (status, answer["err_code"]) == (413, "PAYLOAD_TOO_LARGE")
        assert "max_file_seconds" in answer["error"]
        assert (record.audio_ms, record.status) == (0, 413)

    async def test_full_gateway_is_503_with_retry_after(self, client):
        async with gateway(attrs.evolve(MEMORY, capacity=0)) as served:
            status, headers, _ = await ask(client, served)

        assert (status, headers["Retry-After"]) == (503, "2")

    async def test_full_engine_is_503(self, client):
        """
        The place is freed.
        """
        async with gateway(attrs.evolve(MEMORY, bundled_capacity=0)) as served:
            status, headers, answer = await ask(client, served)
            assert await served.open_sessions() == 0

        assert (status, answer["err_code"]) == (503, "SERVICE_UNAVAILABLE")
        assert headers["Retry-After"] == "2"

    async def test_processing_timeout_is_504(self, client):
        """
        Within a second after the limit.
        """
        async with gateway(attrs.evolve(MEMORY, processing_seconds=0.2)) as served:

            async def endless():
                yield SECOND
                await asyncio.sleep(3)
                yield SECOND

            status, headers, answer = await ask(client, served, body=endless())
            assert await served.open_sessions() == 0

        assert (status, answer["err_code"]) == (504, "GATEWAY_TIMEOUT")
        assert "Retry-After" in headers

    async def test_draining_gateway_is_503(self, served, client):
        await served.services.gateway.running().drain(seconds=0, spread=0)
        status, headers, _ = await ask(client, served)

        assert (status, headers["Retry-After"]) == (503, "1")


class TestBadInput:
    @pytest.mark.parametrize(
        ("query", "says"),
        [
            ("punctuate=perhaps", "punctuate"),
            ("sample_rate=fast", "sample_rate"),
            ("language=x", "language"),
            ("callback_method=GET", "callback_method"),
            ("metadata=junk", "metadata"),
        ],
    )
    async def test_malformed_parameter_is_400_by_name(self, served, client, query, says):
        """
        It is on record, without audio.
        """
        status, _, answer = await ask(client, served, path=f"/v1/listen?{query}")

        assert (status, answer["err_code"]) == (400, "Bad Request")
        assert says in answer["error"]
        assert [(each.status, each.audio_ms) for each in await served.usage()] == [(400, 0)]

    async def test_unknown_parameters_are_accepted(self, served, client):
        assert (await ask(client, served, path="/v1/listen?x=y&sentiment=true"))[0] == 200

    @pytest.mark.parametrize(
        ("body", "status", "code"),
        [
            (b"", 422, "ASR_UNPROCESSABLE_ENTITY"),
            (b"noise of no kind", 400, "Bad Request"),
        ],
    )
    async def test_empty_and_undecodable_audio_is_refused(self, served, client, body, status, code):
        got, _, answer = await ask(client, served, body=body)

        assert (got, answer["err_code"]) == (status, code)
        assert await served.open_sessions() == 0

    @pytest.mark.parametrize(
        "body", [b"", b"{", b"[]", b'{"url": 5}', b'{"uri": "x"}', b"[" * 30_000, b'{"url": ""}']
    )
    async def test_json_without_url_is_400(self, served, client, body):
        headers = {**served.auth, "Content-Type": "application/json"}
        status, _, answer = await ask(client, served, body=body, headers=headers)

        assert (status, answer["err_code"]) == (400, "Bad Request")

    async def test_endless_json_is_413(self, served, client):
        headers = {**served.auth, "Content-Type": "application/json"}
        status, _, _ = await ask(client, served, body=b'{"url":"' + b"x" * 70_000, headers=headers)

        assert status == 413

    async def test_wrong_method_is_405(self, served, client):
        """
        With the allowed methods; a GET that is no WebSocket is explained.
        """
        async with client.put(f"{served.url}/v1/listen", headers=served.auth) as response:
            assert response.status == 405
            assert "POST" in response.headers["Allow"]
            assert (await response.json())["err_code"] == "METHOD_NOT_ALLOWED"
        async with client.get(f"{served.url}/v1/listen", headers=served.auth) as response:
            assert response.status == 426

    async def test_unknown_path_is_404(self, served, client):
        """
        With an id.
        """
        status, headers, answer = await ask(client, served, path="/v1/speak")

        assert (status, answer["err_code"]) == (404, "NOT_FOUND")
        assert answer["request_id"] == headers["dg-request-id"]


class TestGrants:
    async def grant(self, client, served, body=b"", **more):
        headers = {**served.auth, "Content-Type": "application/json"}
        return await ask(
            client, served, path="/v1/auth/grant", body=body, **{"headers": headers, **more}
        )

    async def test_token_is_valid_for_its_time(self, served, client):
        """
        Under Bearer; 30 seconds by default.
        """

        async def status_of(grant) -> int:
            headers = {"Authorization": f"Bearer {grant['access_token']}"}
            return (await ask(client, served, headers=headers))[0]

        async def has_expired() -> bool:
            return await status_of(short) == 401

        _, _, grant = await self.grant(client, served)
        status, _, short = await self.grant(client, served, b'{"ttl_seconds": 1}')

        assert (status, short["expires_in"], grant["expires_in"]) == (200, 1, 30)
        assert await status_of(grant) == 200
        await until(has_expired)

    async def test_key_that_only_asks_for_tokens_is_used(self, client, served):
        """
        It opens no session, so no usage record says so.
        """
        services = served.services
        assert [key.last_used for key in await services.stores.accounts().keys(served.org.id)] == [
            None
        ]

        await self.grant(client, served)
        await services.metering.record_key_uses()()

        (key,) = await services.stores.accounts().keys(served.org.id)
        assert key.last_used is not None

    async def test_token_cannot_make_tokens(self, served, client):
        """
        A token's token would outlive it.
        """
        _, _, grant = await self.grant(client, served)
        headers = {"Authorization": f"Bearer {grant['access_token']}"}
        status, _, answer = await self.grant(client, served, headers=headers)

        assert (status, answer["err_code"]) == (403, "INSUFFICIENT_PERMISSIONS")

    @pytest.mark.parametrize("ttl", ["0", "3601", "1.5", "true", '"30"', "null"])
    async def test_invalid_ttl_is_400(self, served, client, ttl):
        status, _, answer = await self.grant(client, served, f'{{"ttl_seconds": {ttl}}}'.encode())

        assert status == 400
        assert "ttl_seconds" in answer["error"]

    async def test_grant_without_a_key_is_401(self, served, client):
        assert (await self.grant(client, served, headers={}))[0] == 401


@pytest.fixture
async def elsewhere():
    """A remote host: audio to fetch, and a receiver of callbacks."""
    delivered: asyncio.Queue = asyncio.Queue()
    refusals = [503, 500]

    async def audio(_: web.Request) -> web.Response:
        return web.Response(body=AUDIO)

    async def moved(_: web.Request) -> web.Response:
        raise web.HTTPFound("/audio")

    async def lost(_: web.Request) -> web.Response:
        raise web.HTTPFound("/lost")

    async def take(request: web.Request) -> web.Response:
        await delivered.put((request.method, dict(request.headers), await request.json()))
        return web.Response()

    async def take_later(request: web.Request) -> web.Response:
        if refusals:
            return web.Response(status=refusals.pop())
        return await take(request)

    app = web.Application()
    app.router.add_get("/audio", audio)
    app.router.add_get("/moved", moved)
    app.router.add_get("/lost", lost)
    app.router.add_route("*", "/take", take)
    app.router.add_route("*", "/take-later", take_later)
    async with serving(app, "127.0.0.1", 0) as port:
        yield f"http://127.0.0.1:{port}", delivered


class TestUrls:
    async def fetch(self, client, served, url):
        headers = {**served.auth, "Content-Type": "application/json"}
        body = json.dumps({"url": url}).encode()
        return await ask(client, served, body=body, headers=headers)

    @pytest.mark.parametrize("path", ["/audio", "/moved"])
    async def test_url_is_fetched_and_transcribed(self, served, client, elsewhere, path):
        """
        Following redirects.
        """
        status, _, answer = await self.fetch(client, served, elsewhere[0] + path)

        assert (status, answer["metadata"]["duration"]) == (200, 2.5)

    @pytest.mark.parametrize("path", ["/nothing", "/lost"])
    async def test_unfetchable_url_is_400(self, served, client, elsewhere, path):
        """
        REMOTE_CONTENT_ERROR; it is not billed.
        """
        status, _, answer = await self.fetch(client, served, elsewhere[0] + path)

        assert (status, answer["err_code"]) == (400, "REMOTE_CONTENT_ERROR")
        assert [record.audio_ms for record in await served.usage()] == [0]

    @pytest.mark.parametrize(
        "url",
        [
            "http://127.0.0.1:8080/x",
            "http://localhost:8080/x",
            "http://[::1]:8080/",
            "http://169.254.169.254/latest/meta-data/",
            "http://10.0.0.1/",
            "http://[::ffff:192.168.1.1]/",
            "http://[64:ff9b::a00:1]/",
            "http://0x7f000001/",
            "http://2130706433/",
            "http://127.1/",
            "https://example.com:22/",
            "ftp://example.com/x",
            "file:///etc/passwd",
            "https://user:pass@example.com/",
            "//example.com/x",
            "nonsense",
        ],
    )
    async def test_private_urls_are_refused(self, client, url):
        """
        In any spelling; other ports and schemes too, also for callbacks.
        """
        async with gateway() as served:
            status, _, answer = await self.fetch(client, served, url)
            assert status == 400
            assert answer["err_code"] in {"Bad Request", "REMOTE_CONTENT_ERROR"}
            if "localhost" not in url and "user:" not in url:
                assert answer["err_code"] == "Bad Request"
                path = (
                    "/v1/listen?" + aiohttp.helpers.URL.build(query={"callback": url}).query_string
                )
                status, _, answer = await ask(client, served, path=path)
                assert status == 400
                assert "callback" in answer["error"]


class TestCallbacks:
    async def test_callback_gets_the_whole_response(self, served, client, elsewhere):
        """
        Later, with metadata and the key's identifier; the caller gets the id at once.
        """
        url, delivered = elsewhere
        path = f'/v1/listen?callback={url}/take&metadata={{"job":7}}'
        status, headers, answer = await ask(client, served, path=path)
        method, sent, body = await asyncio.wait_for(delivered.get(), 60)

        assert (status, answer) == (200, {"request_id": headers["dg-request-id"]})
        assert method == "POST"
        assert body["metadata"]["request_id"] == answer["request_id"]
        assert body["callback_metadata"] == {"job": 7}
        assert len(body["text"].split()) == 3
        async with asyncio.timeout(60):
            while not (record := (await served.usage())[0]).callbacks:
                await asyncio.sleep(0.01)
        assert (record.callbacks, record.callback_delivered) == (1, True)
        assert sent["dg-token"] == record.key
        assert served.key not in sent.values()
        assert record.audio_ms == 2500

    async def test_callback_by_put(self, served, client, elsewhere):
        url, delivered = elsewhere
        await ask(client, served, path=f"/v1/listen?callback={url}/take&callback_method=PUT")

        assert (await asyncio.wait_for(delivered.get(), 60))[0] == "PUT"

    async def test_callback_is_retried_with_backoff(self, elsewhere):
        url, delivered = elsewhere
        pauses: list[float] = []

        async def sleep(seconds: float) -> None:
            pauses.append(seconds)

        remote = GuardedClient(Guard(allow_private=True))
        callbacks = WebCallbacks(remote, sleep)
        tries: asyncio.Queue[tuple[int, bool]] = asyncio.Queue()

        async def tried(attempts: int, is_delivered: bool) -> None:
            tries.put_nowait((attempts, is_delivered))

        await callbacks.deliver(Callback(f"{url}/take-later"), b'{"text":""}', lease(), tried)
        await asyncio.wait_for(delivered.get(), 60)
        counted = [await asyncio.wait_for(tries.get(), 60) for _ in range(3)]
        await callbacks.close()
        await remote.close()

        assert pauses == [1.0, 2.0]
        assert counted == [(1, False), (2, False), (3, True)]

    async def test_undeliverable_callback_is_given_up(self):
        """
        The log has the cause but not the URL, which may contain secrets.
        """
        remote = GuardedClient(Guard(allow_private=True))
        callbacks = WebCallbacks(remote, lambda _: asyncio.sleep(0))
        unreachable = f"http://127.0.0.1:{free_port()}/?token=hidden"
        with structlog.testing.capture_logs() as logs:
            await callbacks.deliver(Callback(unreachable), b"{}", lease())
            async with asyncio.timeout(60):
                while not logs:
                    await asyncio.sleep(0.01)
        await callbacks.close()
        await remote.close()

        assert [line["reason"] for line in logs] == [
            "The URL could not be reached: the connection failed."
        ]
        assert [(line["request_id"], line["org_id"]) for line in logs] == [("s1", lease().org)]
        assert "hidden" not in str(logs)

    async def test_callback_gets_later_errors(self, served, client, elsewhere):
        """
        As the error response it would have been.
        """
        url, delivered = elsewhere
        headers = {**served.auth, "Content-Type": "application/json"}
        status, _, answer = await ask(
            client,
            served,
            path=f"/v1/listen?callback={url}/take",
            body=json.dumps({"url": f"{url}/nothing"}).encode(),
            headers=headers,
        )
        _, _, body = await asyncio.wait_for(delivered.get(), 60)

        assert status == 200
        assert body["err_code"] == "REMOTE_CONTENT_ERROR"
        assert body["request_id"] == answer["request_id"]

    async def test_address_that_is_not_allowed_is_refused_however_the_upload_comes(self, served):
        """
        Also if the whole of it comes with its head, so that nothing is left to wait for.
        """
        head = post(served.key, f"Content-Length: {len(AUDIO)}", path="/v1/listen?callback=junk")

        answer = await exchange(served.port, head + AUDIO)

        assert answer.status == 400
        assert "callback" in answer.json()["error"]

    async def test_bad_audio_is_refused_before_the_callback(self, served, client, elsewhere):
        """
        The upload was read, and is no audio.
        """
        url, delivered = elsewhere
        status, _, _ = await ask(
            client, served, path=f"/v1/listen?callback={url}/take", body=b"noise"
        )
        if status == 200:  # it was read before it was looked at
            _, _, body = await asyncio.wait_for(delivered.get(), 60)
            assert body["err_code"] == "Bad Request"
        else:
            assert status == 400


class TestAround:
    async def test_health_and_readiness_differ_during_drain(self, served, client):
        """
        Alive, and not ready.
        """

        async def status(path):
            async with client.get(served.url + path) as response:
                return response.status

        assert [await status("/healthz"), await status("/readyz")] == [200, 200]
        await served.services.gateway.running().drain(seconds=0, spread=0)
        assert [await status("/healthz"), await status("/readyz")] == [200, 503]

    async def test_metrics_of_requests_audio_and_load(self, served, client):
        """
        Count requests by route and status, audio, and how near to full we are.
        """
        await ask(client, served)
        await ask(client, served, path="/no/such/path")
        async with client.get(f"{served.url}/metrics") as response:
            text = await response.text()

        assert 'aldea_requests_total{route="/v1/listen",status="200"} 1.0' in text
        assert 'aldea_requests_total{route="unknown",status="404"} 1.0' in text
        assert 'aldea_audio_seconds_total{kind="file"} 2.5' in text
        assert "aldea_saturation_ratio 0.0" in text
        assert "such" not in text
