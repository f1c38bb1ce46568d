"""Slow and idle connections, and strict parsing of requests."""

import asyncio
import urllib.error
import urllib.request

import attrs
import pytest

from aiohttp import web
from tests.servers.gateway import MEMORY, gateway
from tests.servers.raw import exchange, post, read_answer
from tests.servers.services import serving as running_service

from adapters.local_servers.server import free_port
from entrypoints.containers.services import Services
from entrypoints.http.app import new_app
from entrypoints.http.connections import Addresses, ConnectionBounds, whose
from entrypoints.http.handlers import add_handler
from entrypoints.http.request import Answer, Request
from entrypoints.http.server import serving
from entrypoints.http.whole_body import whole_body
from entrypoints.services.gateway import make_app


PATIENCE_SECONDS = 20.0


def with_fast_path() -> web.Application:
    """As a gateway."""

    async def echo(request: Request) -> Answer:
        return Answer(200, b"x" * int(request.headers.get("x-size", "2")))

    app = make_app(Services(MEMORY, live=False, files=False))
    add_handler(app, "POST", "/echo", echo)
    return app


def without_fast_path() -> web.Application:
    """As the backend."""

    async def echo(request: web.Request) -> web.Response:
        await whole_body(request, 0.1)
        return web.Response(body=b"x" * int(request.headers.get("x-size", "2")))

    services = Services(MEMORY)
    app = new_app(
        services.stores.randomness(),
        services.stores.clock(),
        services.stores.metrics(),
        lambda: True,
    )
    app.router.add_post("/echo", echo)
    return app


@pytest.fixture(params=[with_fast_path, without_fast_path])
def app(request):
    return request.param()


WHOLE = post("key", "Content-Length: 0", path="/echo")


@pytest.mark.parametrize(
    "begun",
    [b"", b"P", WHOLE[:-2], WHOLE + WHOLE[:-2], WHOLE + b"P"],
    ids=["nothing", "a letter", "half a head", "half a second head", "a letter of a second head"],
)
async def test_slow_head_times_out(app, begun):
    """
    However slowly its bytes arrive.
    """
    bounds = ConnectionBounds(head=0.2, keepalive=0.2)
    async with serving(app, "127.0.0.1", 0, bounds=bounds) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(begun)
        if begun.startswith(WHOLE):
            assert (await read_answer(reader)).status == 200
        ended = asyncio.create_task(reader.read())
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not ended.done():
                writer.write(b"x" if begun else b"")
                await asyncio.wait({ended}, timeout=0.05)
        await asyncio.gather(ended, return_exceptions=True)
        writer.close()


async def test_idle_connection_is_closed(app):
    bounds = ConnectionBounds(head=60, keepalive=0.2)
    async with serving(app, "127.0.0.1", 0, bounds=bounds) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(WHOLE)
        assert (await read_answer(reader)).status == 200
        assert await asyncio.wait_for(reader.read(), PATIENCE_SECONDS) == b""
        writer.close()


async def test_slow_body_times_out():
    async with serving(without_fast_path(), "127.0.0.1", 0) as port:
        answer = await exchange(port, post("key", "Content-Length: 5", path="/echo") + b"1234")

    assert answer.status == 408


async def test_connections_of_one_address_are_bounded(app):
    addresses = Addresses(3, whose=lambda host: host)
    async with serving(app, "127.0.0.1", 0, addresses=addresses) as port:
        connections = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
        for reader, writer in connections:
            writer.write(WHOLE)
            assert (await read_answer(reader)).status == 200
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            writer.write(WHOLE)
            await read_answer(reader)
        writer.close()
        connections[0][1].close()
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                try:
                    assert (await exchange(port, WHOLE)).status == 200
                    break
                except (ConnectionError, asyncio.IncompleteReadError):
                    await asyncio.sleep(0.02)
        for _, writer in connections:
            writer.close()


@pytest.mark.parametrize(
    ("host", "counted"),
    [
        ("8.8.8.8", "8.8.8.8"),
        ("::ffff:8.8.8.8", "8.8.8.8"),
        ("2606:4700:0:1:2::3", "2606:4700:0:1::/64"),
        ("10.0.0.1", None),
        ("127.0.0.1", None),
        ("fe80::1%eth0", None),
        ("", None),
    ],
)
def test_connections_are_counted_per_address(host, counted):
    assert whose(host) == counted


async def test_unread_responses_are_bounded():
    """
    A client that does not read gets no further requests handled.
    """
    answered = 0

    async def large(_: Request) -> Answer:
        nonlocal answered
        answered += 1
        return Answer(200, bytes(100_000))

    app = make_app(Services(MEMORY, live=False, files=False))
    add_handler(app, "POST", "/large", large)
    async with serving(app, "127.0.0.1", 0) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1000)
        writer.write(post("key", "Content-Length: 0", path="/large") * 2000)
        last = -1
        while answered != last:  # until nothing happens any more
            last = answered
            await asyncio.sleep(0.3)
        assert answered < 500
        async with asyncio.timeout(60):  # who reads at last has all of them
            while answered < 2000:
                await reader.read(2**20)
        writer.close()


STRICT = {
    "no Host": (b"POST /echo HTTP/1.1\r\nContent-Length: 0\r\n\r\n", 400),
    "two Hosts": (b"POST /echo HTTP/1.1\r\nHost: a\r\nHost: b\r\nContent-Length: 0\r\n\r\n", 400),
    "HTTP/2.0": (b"POST /echo HTTP/2.0\r\nHost: a\r\nContent-Length: 0\r\n\r\n", 505),
    "HTTP/1.2": (b"POST /echo HTTP/1.2\r\nHost: a\r\nContent-Length: 0\r\n\r\n", 505),
    "gzip, chunked": (
        b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        501,
    ),
    "gzip": (b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
    "chunked": (
        b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        200,
    ),
    "gzipped body": (
        b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\nContent-Length: 0\r\n\r\n",
        415,
    ),
    "identity": (
        b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Encoding: Identity\r\nContent-Length: 0\r\n\r\n",
        200,
    ),
    "HTTP/1.0 without Host": (b"POST /echo HTTP/1.0\r\nContent-Length: 0\r\n\r\n", 200),
    "nonsense": (b"nonsense\r\n\r\n", 400),
}


@pytest.mark.parametrize("kind", STRICT)
async def test_requests_are_read_strictly(app, kind):
    head, status = STRICT[kind]
    async with serving(app, "127.0.0.1", 0) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head)
        answer = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)).decode().lower()
        writer.close()

    assert int(answer.split()[1]) in ({status, 400} if status > 500 else {status})
    assert answer.split("\r\n").count("server: aldea") == answer.count("server:") == 1


async def test_websocket_version_mismatch_names_version_13():
    async with gateway(attrs.evolve(MEMORY)) as served:
        lines = (
            "GET /v1/listen HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
        )
        old = await exchange(served.port, f"{lines}Sec-WebSocket-Version: 8\r\n\r\n".encode())
        kelvin = await exchange(
            served.port,
            f"{lines}Sec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Protocol: to\u212aen, {served.key}\r\n\r\n".encode(),
        )

    assert (old.status, old.headers["sec-websocket-version"]) == (426, "13")
    assert kelvin.status == 401


async def test_upgrade_in_http_1_0_is_ignored():
    """
    RFC 9110, 7.8, and RFC 6455, 4.1: a WebSocket begins in HTTP/1.1.
    """
    async with gateway(attrs.evolve(MEMORY)) as served:
        answer = await exchange(
            served.port,
            b"GET /v1/listen HTTP/1.0\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
            b"Authorization: Token " + served.key.encode() + b"\r\n\r\n",
        )

    assert answer.status == 426


async def test_metrics_have_a_port_of_their_own():
    """
    With the probes, which stay on the public port too.
    """
    apart = free_port()
    async with gateway(attrs.evolve(MEMORY, metrics_port=apart)) as served:

        async def status(port: int, path: str) -> int:
            return (await exchange(port, f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())).status

        paths = ("/healthz", "/readyz", "/metrics", "/v1/listen")
        assert [await status(served.port, path) for path in paths] == [200, 200, 404, 426]
        assert [await status(apart, path) for path in paths] == [200, 200, 200, 404]


@pytest.mark.parametrize("name", ["stt", "backend"])
def test_services_take_the_setting(name, tmp_path):
    apart = free_port()
    environ = {
        "ALDEA_METRICS_PORT": str(apart),
        "ALDEA_BUNDLED_ENGINE": "memory",
        "ALDEA_DATABASE_URL": f"sqlite:///{tmp_path}/aldea.db" if name == "backend" else "",
    }
    with running_service(name, **environ) as service:
        with urllib.request.urlopen(f"http://127.0.0.1:{apart}/metrics", timeout=10) as answer:
            assert b"aldea_requests_total" in answer.read()
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"{service.url}/metrics", timeout=10)
