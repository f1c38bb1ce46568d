"""
The fast path and the fallback of HTTP give clients the same responses. Ordinary requests take
the fast path; a repeated header is enough for the fallback.
"""

import asyncio

import attrs
import pytest
import structlog

from tests.servers.gateway import MEMORY, gateway
from tests.servers.raw import exchange, post, read_answer

from aldea_core.domain.access.limits import Limits
from entrypoints.containers.services import Services
from entrypoints.http.handlers import FAST_PATH, add_handler
from entrypoints.http.request import Answer, Request
from entrypoints.http.server import serving
from entrypoints.services.gateway import make_app


SECOND = bytes(range(256)) * 125
HEAD = "Content-Length: 32000"
HTTP_PATHS = {"short": (), "library": ("X-Twice: 1", "X-Twice: 2")}


@pytest.fixture
async def served():
    limits = Limits(requests_per_minute=None, max_upload_bytes=1_000_000)
    async with gateway(MEMORY, limits) as running:
        yield running


@pytest.fixture(params=list(HTTP_PATHS))
def more(request):
    """Lines of a head that choose the fast path or the fallback."""
    return HTTP_PATHS[request.param]


async def connection(served):
    return await asyncio.open_connection("127.0.0.1", served.port)


def without_ids(answer):
    # An unread body closes a connection of the fast path at once.
    different = {"date", "dg-request-id", "connection"}
    kept = {name: value for name, value in answer.headers.items() if name not in different}
    document = answer.json()
    document.pop("request_id", None)
    for name in ("request_id", "created", "transaction_key", "sha256"):
        document.get("metadata", {}).pop(name, None)
    return answer.status, kept, document


@pytest.mark.parametrize(
    ("lines", "body"),
    [
        ((HEAD,), SECOND),
        (("Content-Length: 0",), b""),
        (("Content-Length: 1000001",), b""),
        ((HEAD, "Content-Type: application/json"), SECOND),
        (("Content-Length: 2", "Content-Type: application/json"), b"{}"),
    ],
)
async def test_both_paths_give_the_same_response(served, lines, body):
    """
    To the last header.
    """
    asked = [post(served.key, *lines, *path) + body for path in HTTP_PATHS.values()]
    short, library = [without_ids(await exchange(served.port, each)) for each in asked]

    assert short == library


async def test_both_paths_give_the_same_refusals(served):
    wrong = [post("org_wrong", HEAD, *path) + SECOND for path in HTTP_PATHS.values()]
    short, library = [without_ids(await exchange(served.port, each)) for each in wrong]

    assert short[0] == library[0] == 401
    assert short[2] == library[2]


async def test_connection_serves_several_requests(served, more):
    """
    A connection stays open.
    """
    reader, writer = await connection(served)
    ids = set()
    for _ in range(5):
        writer.write(post(served.key, HEAD, *more) + SECOND)
        answer = await read_answer(reader)
        assert answer.status == 200
        ids.add(answer.headers["dg-request-id"])
    writer.close()

    assert len(ids) == 5


async def test_pipelined_requests_are_answered_in_order(served, more):
    """
    RFC 9112, 9.3.2.
    """
    reader, writer = await connection(served)
    sizes = [32_000, 64_000, 16_000, 48_000]
    for size in sizes:
        writer.write(post(served.key, f"Content-Length: {size}", *more) + bytes(size))
    answers = [await read_answer(reader) for _ in sizes]
    writer.close()

    found = [answer.json()["metadata"]["duration"] for answer in answers]
    assert found == [1.0, 2.0, 0.5, 1.5]


async def test_one_connection_uses_both_paths(served):
    reader, writer = await connection(served)
    for path in ("short", "short", "library", "short"):
        writer.write(post(served.key, HEAD, *HTTP_PATHS[path]) + SECOND)
        assert (await read_answer(reader)).status == 200
    writer.close()


@pytest.mark.parametrize("size", [1, 7, 100])
async def test_requests_do_not_depend_on_chunking(served, more, size):
    whole = post(served.key, "Content-Length: 320", *more) + bytes(320)
    parts = [whole[at : at + size] for at in range(0, len(whole), size)]
    answer = await exchange(served.port, *parts)

    assert answer.status == 200


async def test_large_body_is_streamed_with_flow_control(served, more):
    body = bytes(960_000)
    answer = await exchange(served.port, post(served.key, "Content-Length: 960000", *more), body)

    assert answer.json()["metadata"]["duration"] == 30.0


async def test_connection_close_is_honoured(served):
    reader, writer = await connection(served)
    writer.write(post(served.key, HEAD, "Connection: close") + SECOND)
    assert (await read_answer(reader)).status == 200
    assert await asyncio.wait_for(reader.read(), 60) == b""
    writer.close()


async def test_refused_uploader_reads_its_response(served):
    """
    Whatever it still sends.
    """
    reader, writer = await connection(served)
    writer.write(post("org_wrong", "Content-Length: 900000") + SECOND)
    answer = await read_answer(reader)
    writer.write(bytes(500_000))
    await writer.drain()
    writer.close()

    assert (answer.status, answer.headers["connection"]) == (401, "close")


@pytest.fixture
def app():
    """A service without endpoints."""
    return make_app(Services(MEMORY, live=False, files=False))


async def test_idle_connections_are_closed(app):
    """
    A client that waits for a response is not idle.
    """
    asked, answered = asyncio.Event(), asyncio.Event()

    async def handler(_: Request) -> Answer:
        asked.set()
        await answered.wait()
        return Answer(200, b"{}")

    add_handler(app, "POST", "/slow", handler)
    async with serving(app, "127.0.0.1", 0) as port:
        idle, idle_writer = await asyncio.open_connection("127.0.0.1", port)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(post("key", "Content-Length: 0", path="/slow"))
        await asked.wait()
        for connection in tuple(app[FAST_PATH].connections):
            connection.close_if_idle(float("inf"))
        assert await asyncio.wait_for(idle.read(), 60) == b""
        answered.set()
        assert (await read_answer(reader)).status == 200
        for each in (idle_writer, writer):
            each.close()


async def test_unexpected_error_is_500_without_details(app, more):
    async def handler(_: Request) -> Answer:
        raise RuntimeError("a secret")

    add_handler(app, "POST", "/broken", handler)
    async with serving(app, "127.0.0.1", 0) as port:
        head = post("key", "Content-Length: 0", *more, path="/broken")
        with structlog.testing.capture_logs() as log:
            answer = await exchange(port, head)

    assert (answer.status, answer.json()["err_code"]) == (500, "INTERNAL_SERVER_ERROR")
    assert b"secret" not in answer.body
    assert [entry["event"] for entry in log] == ["request failed", "request"]


async def test_unread_body_does_not_block_the_next_request(app):
    arrived = asyncio.Event()

    async def handler(_: Request) -> Answer:
        await arrived.wait()
        return Answer(200, b"{}")

    add_handler(app, "POST", "/unread", handler)
    async with serving(app, "127.0.0.1", 0) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(post("key", "Content-Length: 300000", path="/unread") + bytes(300_000))
        await writer.drain()
        await asyncio.sleep(0.2)
        arrived.set()
        assert (await read_answer(reader)).status == 200
        writer.write(post("key", "Content-Length: 2", path="/unread") + b"{}")
        assert (await read_answer(reader)).status == 200
        writer.close()


async def test_stopping_server_answers_started_requests():
    settings = attrs.evolve(MEMORY, upload_idle_seconds=30.0)
    async with gateway(settings) as served:
        reader, writer = await connection(served)
        writer.write(post(served.key, HEAD) + SECOND[:16_000])
        while not await served.open_sessions():
            await asyncio.sleep(0.01)
        asyncio.get_running_loop().call_later(0.3, writer.write, SECOND[16_000:])
    answer = await read_answer(reader)
    writer.close()

    assert answer.status == 200
