"""The ledger has for each file the status that its client got, and bills answered files only."""

import asyncio
import json

from contextlib import AsyncExitStack, asynccontextmanager
from http import HTTPStatus

import attrs
import pytest

from aiohttp import web
from tests.servers.gateway import MEMORY, gateway
from tests.servers.held_engine import HeldEngine
from tests.servers.raw import exchange, post, read_answer
from tests.servers.waiting import until

from aldea_core.domain.access.key_limits import KeyLimits
from aldea_core.domain.access.limits import Limits
from aldea_core.domain.errors import EngineLost, EngineRefused, EngineTooSlow
from aldea_core.domain.live.endings import Ending
from entrypoints.http.server import serving


SECOND = bytes(range(256)) * 125
LENGTH = "Content-Length: 32000"
UNBOUND = Limits(requests_per_minute=None, max_upload_bytes=100_000, max_file_seconds=2)
SETTINGS = attrs.evolve(MEMORY, allow_private_urls=True, upload_idle_seconds=0.5)
# A name that comes twice is enough for the HTTP library's own way.
PATHS = {"fast path": (), "fallback": ("X-Twice: 1", "X-Twice: 2")}


@asynccontextmanager
async def in_process(engine, settings=SETTINGS):
    async with gateway(settings, UNBOUND, file_engine=engine) as served:
        yield served


@asynccontextmanager
async def remote(engine):
    """The engine is a server of its own, behind the pool."""
    token = "between-us"
    async with AsyncExitStack() as stack:
        settings = attrs.evolve(MEMORY, engine_token=token)
        behind = gateway(settings, is_engine=True, file_engine=engine)
        url = (await stack.enter_async_context(behind)).url
        settings = attrs.evolve(SETTINGS, file_engines=(url,), engine_token=token)
        yield await stack.enter_async_context(gateway(settings, UNBOUND))


@pytest.fixture
def engine():
    return HeldEngine()


@pytest.fixture
async def held(engine):
    async with in_process(engine) as served:
        yield served


@pytest.fixture
async def served(engine, held):
    """Answers at once."""
    engine.go_on.set()
    return held


@pytest.fixture(params=list(PATHS))
def more(request):
    """Lines of a head that decide about the path."""
    return PATHS[request.param]


async def recorded(served) -> list[tuple[int, int]]:
    async def is_idle() -> bool:
        return not len(served.services.gateway.running()) and not await served.open_sessions()

    await until(is_idle)
    return [(record.status, record.audio_ms) for record in await served.usage()]


def upload(served, more=(), *, path="/v1/listen", audio=SECOND) -> bytes:
    length = f"Content-Length: {len(audio)}"
    return post(served.key, length, *more, path=path) + audio


def document(served, **fields) -> bytes:
    body = json.dumps(fields).encode()
    lines = ("Content-Type: application/json", f"Content-Length: {len(body)}")
    return post(served.key, *lines) + body


@asynccontextmanager
async def elsewhere(status: int = 200, body: bytes = SECOND):
    """A host that answers every request alike, and keeps what was delivered to it."""
    delivered: asyncio.Queue[bytes] = asyncio.Queue()

    async def answer(request: web.Request) -> web.Response:
        await delivered.put(await request.read())
        return web.Response(status=status, body=body)

    app = web.Application()
    app.router.add_route("*", "/", answer)
    async with serving(app, "127.0.0.1", 0) as port:
        yield f"http://127.0.0.1:{port}/", delivered


class TestRecordedStatus:
    @pytest.mark.parametrize(
        ("audio", "answered"),
        [
            (SECOND, 200),
            (b"noise", 400),
            (b"", 422),
            (SECOND * 3, 413),  # seconds
        ],
    )
    async def test_status_of_bad_audio_is_recorded(self, served, more, audio, answered):
        answer = await exchange(served.port, upload(served, more, audio=audio))

        assert answer.status == answered
        assert await recorded(served) == [(answered, 1000 if answered == 200 else 0)]

    async def test_status_of_a_too_large_upload_is_recorded(self, served):
        chunk = b"7D00\r\n" + SECOND + b"\r\n"
        head = post(served.key, "Transfer-Encoding: chunked")
        answer = await exchange(served.port, head, *[chunk] * 4)

        assert answer.status == 413
        assert await recorded(served) == [(413, 0)]

    async def test_status_of_a_malformed_upload_is_recorded(self, served):
        head = post(served.key, "Transfer-Encoding: chunked")
        answer = await exchange(served.port, head, b"5\r\nhello\r\n", b"zz\r\n")

        assert await recorded(served) == [(answer.status, 0)]

    async def test_status_of_a_stalled_upload_is_recorded(self, served, more):
        answer = await exchange(served.port, post(served.key, LENGTH, *more), b"a few bytes")

        assert answer.status == 408
        assert await recorded(served) == [(408, 0)]

    @pytest.mark.parametrize("status", [404, 500])
    async def test_status_of_an_unfetchable_url_is_recorded(self, served, status):
        async with elsewhere(status) as (url, _):
            answer = await exchange(served.port, document(served, url=url))

        assert answer.status == 400
        assert await recorded(served) == [(400, 0)]

    @pytest.mark.parametrize(
        ("error", "answered"),
        [
            (EngineRefused(400, "no"), 400),
            (EngineRefused(415, "no"), 415),
            (EngineRefused(429, "no"), 429),
            (EngineRefused(500, "no"), 503),
            (EngineLost(), 503),
            (EngineTooSlow("late"), 504),
            (KeyError("a fault of ours"), 500),
        ],
    )
    async def test_status_of_an_engine_error_is_recorded(self, served, engine, error, answered):
        engine.error = error
        answer = await exchange(served.port, upload(served))

        assert answer.status == answered
        assert await recorded(served) == [(answered, 0)]

    async def test_status_of_a_timeout_is_recorded(self, engine):
        async with in_process(engine, attrs.evolve(SETTINGS, processing_seconds=0.1)) as held:
            answer = await exchange(held.port, upload(held))

            assert answer.status == 504
            assert await recorded(held) == [(504, 0)]

    @pytest.mark.parametrize(
        ("ending", "answered"),
        [
            (Ending.KEY_REVOKED, 401),
            (Ending.QUOTA_USED, 402),
            (Ending.SUSPENDED, 403),
            (Ending.IDLE, 408),
            (Ending.ENDED_BY_OWNER, 409),
            (Ending.INTERNAL, 500),
            (Ending.DEPLOY, 503),
        ],
    )
    async def test_status_of_an_ended_file_is_recorded(self, held, engine, more, ending, answered):
        asking = asyncio.create_task(exchange(held.port, upload(held, more)))
        await engine.has_read.wait()
        for work in list(held.services.gateway.running()._slot_of):
            work.end(ending)
        answer = await asking

        assert answer.status == answered
        assert await recorded(held) == [(answered, 0)]
        assert engine.cancelled == 1

    async def test_unmet_expectation_opens_no_session(self, served):
        """
        It is refused before.
        """
        answer = await exchange(served.port, post(served.key, LENGTH, "Expect: miracles"))

        assert answer.status == HTTPStatus.EXPECTATION_FAILED
        assert await recorded(served) == []


FORM = "Content-Type: multipart/form-data; boundary=x"
JSON = "Content-Type: application/json"
UPGRADE = ("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13")
SOCKET = (*UPGRADE, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")


@pytest.mark.parametrize("more", PATHS.values(), ids=PATHS)
class TestRefusedRequests:
    """They cannot be repeated for free: each counts as a request, and is on record."""

    async def is_counted(
        self,
        served,
        answered: int,
        *lines: str,
        path: str = "/v1/listen",
        method: str = "POST",
        body: bytes = b"",
        models: tuple[str, ...] | None = None,
    ):
        limits = KeyLimits(requests_per_minute=1)
        key = await served.limited_key(limits=limits, models=models)
        request = post(key, *lines, path=path).replace(b"POST", method.encode(), 1) + body
        first, second = [await exchange(served.port, request) for _ in range(2)]

        assert (first.status, second.status) == (answered, 429)
        assert await recorded(served) == [(answered, 0)]
        (refused,) = await served.services.stores.leases().refusals(
            at=served.services.stores.clock().now()
        )
        assert (refused.reason, refused.count) == ("key_requests_per_minute", 1)

    @pytest.mark.parametrize("query", ["utterances=perhaps", "callback=http://x/&metadata=1"])
    @pytest.mark.parametrize(
        ("path", "line"), [("/v1/listen", LENGTH), ("/v1/audio/transcriptions", FORM)]
    )
    async def test_malformed_parameter_of_a_file(self, served, more, path, line, query):
        await self.is_counted(served, 400, line, *more, path=f"{path}?{query}")

    async def test_malformed_parameter_of_a_stream(self, served, more):
        path = "/v1/listen?encoding=abc"
        await self.is_counted(served, 400, *SOCKET, *more, path=path, method="GET")

    async def test_forbidden_model_is_counted_as_refused(self, served, more):
        path = "/v1/listen?model=large"
        await self.is_counted(served, 403, LENGTH, *more, path=path, models=("small",))

    async def test_forbidden_model_of_a_stream(self, served, more):
        path, models = "/v1/listen?model=large", ("small",)
        await self.is_counted(served, 403, *SOCKET, *more, path=path, method="GET", models=models)

    @pytest.mark.parametrize("body", [b"x", b"{}"], ids=["no JSON", "no URL"])
    async def test_malformed_document_is_counted_as_refused(self, served, more, body):
        length = f"Content-Length: {len(body)}"
        await self.is_counted(served, 400, JSON, length, *more, body=body)

    async def test_form_at_an_address_that_takes_none(self, served, more):
        await self.is_counted(served, 415, FORM, LENGTH, *more)

    async def test_no_form_at_an_address_that_takes_one(self, served, more):
        await self.is_counted(served, 400, LENGTH, *more, path="/v1/audio/transcriptions")

    async def test_translation_is_counted_as_refused(self, served, more):
        await self.is_counted(served, 400, LENGTH, *more, path="/v1/audio/translations")

    async def test_declared_length_above_the_limit(self, served, more):
        await self.is_counted(served, 413, "Content-Length: 100001", *more)

    async def test_declared_length_of_a_form(self, served, more):
        """
        Larger than the file may be, and all that a form has beside it.
        """
        path = "/v1/audio/transcriptions"
        await self.is_counted(
            served, 413, FORM, f"Content-Length: {2**20 + 100_001}", *more, path=path
        )

    async def test_callback_that_is_not_allowed(self, served, more):
        path = "/v1/listen?callback=ftp://receiver.example/"
        await self.is_counted(served, 400, LENGTH, *more, path=path)


class TestHangingUp:
    @pytest.mark.parametrize("place", [in_process, remote])
    async def test_hang_up_ends_the_work_unbilled(self, engine, place, more):
        """
        At the engine too, at any step.
        """
        async with place(engine) as served:
            _, writer = await asyncio.open_connection("127.0.0.1", served.port)
            writer.write(upload(served, more))
            await engine.has_read.wait()
            writer.close()

            assert await recorded(served) == [(499, 0)]
            await until(lambda: _is(engine.cancelled == 1))

    async def test_hang_up_during_upload_is_recorded(self, served, more):
        _, writer = await asyncio.open_connection("127.0.0.1", served.port)
        writer.write(post(served.key, LENGTH, *more) + SECOND[:100])
        await until(lambda: _is(len(served.services.gateway.running()) == 1))
        writer.close()

        assert await recorded(served) == [(499, 0)]

    async def test_hang_up_before_the_response_is_sent_is_recorded(self, held, engine, more):
        """
        It is not billed.
        """
        _, writer = await asyncio.open_connection("127.0.0.1", held.port)
        writer.write(upload(held, more))
        await engine.has_read.wait()
        (work,) = held.services.gateway.running()._slot_of
        writer.transport.abort()
        await until(lambda: _is(work.client.is_client_gone))
        engine.go_on.set()

        assert await recorded(held) == [(499, 0)]

    async def test_hang_up_during_the_fetch_is_recorded(self, held, engine):
        async with elsewhere() as (url, _):
            _, writer = await asyncio.open_connection("127.0.0.1", held.port)
            writer.write(document(held, url=url))
            await engine.has_read.wait()
            writer.close()

            assert await recorded(held) == [(499, 0)]


class TestCallbacks:
    async def test_callback_client_may_leave_after_the_upload(self, held, engine, more):
        """
        Its receiver gets the response.
        """
        async with elsewhere() as (url, delivered):
            reader, writer = await asyncio.open_connection("127.0.0.1", held.port)
            writer.write(upload(held, more, path=f"/v1/listen?callback={url}"))
            assert (await read_answer(reader)).status == 200
            (work,) = held.services.gateway.running()._slot_of
            writer.close()
            await writer.wait_closed()
            await exchange(held.port, b"GET /healthz HTTP/1.1\r\nHost: aldea\r\n\r\n")
            work.tick(work.began)
            engine.go_on.set()

            assert json.loads(await delivered.get())["metadata"]["duration"] == 1.0
            assert await recorded(held) == [(200, 1000)]

    async def test_callback_client_that_leaves_mid_upload_hangs_up(self, served):
        async with elsewhere() as (url, delivered):
            head = post(served.key, LENGTH, path=f"/v1/listen?callback={url}")
            _, writer = await asyncio.open_connection("127.0.0.1", served.port)
            writer.write(head + SECOND[:100])
            await until(lambda: _is(len(served.services.gateway.running()) == 1))
            writer.close()

            assert await recorded(served) == [(499, 0)]
            assert delivered.empty()

    async def test_callback_gets_the_recorded_status(self, held, engine):
        engine.error = EngineTooSlow("late")
        async with elsewhere() as (url, delivered):
            path = f"/v1/listen?callback={url}"
            assert (await exchange(held.port, upload(held, path=path))).status == 200
            engine.go_on.set()

            assert json.loads(await delivered.get())["err_code"] == "GATEWAY_TIMEOUT"
            assert await recorded(held) == [(504, 0)]

    async def test_refused_callback_is_billed(self, served):
        """
        The transcript was made and offered; see docs/billing.md.
        """
        async with elsewhere(500) as (url, delivered):
            path = f"/v1/listen?callback={url}"
            assert (await exchange(served.port, upload(served, path=path))).status == 200
            await delivered.get()

            assert await recorded(served) == [(200, 1000)]


async def _is(fact: bool) -> bool:
    return fact
