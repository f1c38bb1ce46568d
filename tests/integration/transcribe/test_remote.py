"""Remote hosts that answer as they like: audio is fetched there, callbacks are delivered there."""

import asyncio
import base64
import gzip

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
import structlog

from tests.contract.values import lease

from adapters.guarded_http.callbacks import WebCallbacks
from adapters.guarded_http.client import GuardedClient
from adapters.guarded_http.guard import Guard
from adapters.guarded_http.remote_audio import WebRemoteAudio
from aldea_core.domain.errors import AldeaError, BadRequest, RemoteContentError
from aldea_core.domain.ids import OrgId
from aldea_core.domain.transcripts.options import Callback


Answering = Callable[[str], bytes]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\naudio"


@asynccontextmanager
async def host(answer: Answering) -> AsyncIterator[tuple[str, list[str]]]:
    """A host that answers each head it is sent as *answer* says; its address, and all heads."""
    heads: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        heads.append(head)
        writer.write(answer(head))
        writer.write_eof()
        await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}", heads


@pytest.fixture
async def client() -> AsyncIterator[GuardedClient]:
    client = GuardedClient(Guard(allow_private=True))
    yield client
    await client.close()


async def fetched(client: GuardedClient, url: str) -> bytes:
    async with WebRemoteAudio(client).open(url) as chunks:
        return b"".join([chunk async for chunk in chunks])


def path_in(head: str) -> str:
    return head.split(" ")[1]


def redirect(location: str, status: int = 302) -> bytes:
    head = f"HTTP/1.1 {status} Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"
    return head.encode("utf-8", "surrogateescape")


SIGNED = "/b?cred=AK%2F20261126&sig=Zm9v%2Bbar%3D"


async def test_signed_url_is_requested_as_written(client):
    async with host(lambda _: OK) as (address, heads):
        assert await fetched(client, f"http://{address}{SIGNED}") == b"audio"

    assert [path_in(head) for head in heads] == [SIGNED]


@pytest.mark.parametrize("relative", [True, False])
async def test_redirect_to_signed_url_is_followed_as_written(client, relative):
    def answer(head: str) -> bytes:
        return OK if path_in(head) == SIGNED else redirect(SIGNED if relative else elsewhere)

    async with host(answer) as (address, heads):
        elsewhere = f"http://{address}{SIGNED}"
        assert await fetched(client, f"http://{address}/a") == b"audio"

    assert [path_in(head) for head in heads] == ["/a", SIGNED]


async def test_content_is_requested_uncompressed(client):
    async with host(lambda _: OK) as (address, heads):
        await fetched(client, f"http://{address}/")

    assert "accept-encoding: identity\r\n" in heads[0].lower()


async def test_compressed_content_is_decompressed(client):
    packed = gzip.compress(b"audio" * 1000)
    answer = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%b"
    async with host(lambda _: answer % (len(packed), packed)) as (address, _):
        assert await fetched(client, f"http://{address}/") == b"audio" * 1000


HOSTILE = {
    "no port": redirect("http://h:port/"),
    "a port too high": redirect("http://h:99999/"),
    "half an address": redirect("http://[::1/"),
    "no IDNA": redirect("http://xn--/"),
    "bytes": redirect("http://\udcff\udcfe/"),
    "an empty label": redirect("http://a..b/"),
    "a long label": redirect(f"http://{'a' * 64}.example/"),
    "another scheme": redirect("file:///etc/passwd"),
    "no host": redirect("http:///x"),
    "a user": redirect("http://user:pass@127.0.0.1/"),
    "itself": redirect("/again"),
    "a long one": redirect("/" + "x" * 5000),
    "no HTTP": b"220 mail.example ESMTP\r\n",
    "no packed content": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\naudio",
    "an unknown packing": b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 5\r\n\r\naudio",
    "half a body": b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\naudio",
    "broken chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
    "a head without end": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000,
    "nothing": b"",
}


@pytest.mark.parametrize("answer", HOSTILE.values(), ids=HOSTILE)
async def test_hostile_response_is_remote_error(client, answer):
    """
    Whatever error libraries raise.
    """
    async with host(lambda _: answer) as (address, _):
        with pytest.raises((BadRequest, RemoteContentError)):
            await fetched(client, f"http://{address}/")


async def test_readers_errors_are_not_blamed_on_the_host(client):
    """
    Its errors are not taken for the host's.
    """
    async with host(lambda _: OK) as (address, _):
        with pytest.raises(ConnectionResetError):
            async with WebRemoteAudio(client).open(f"http://{address}/") as chunks:
                async for _ in chunks:
                    raise ConnectionResetError


class TestCallbacks:
    async def delivered(self, client: GuardedClient, callback: Callback) -> list:
        """What is logged until it is delivered or given up."""
        pauses: list[float] = []

        async def sleep(seconds: float) -> None:
            pauses.append(seconds)

        callbacks = WebCallbacks(client, sleep)
        with structlog.testing.capture_logs() as logs:
            await callbacks.check(callback)
            await callbacks.deliver(callback, b"{}", lease())
            async with asyncio.timeout(60):
                while callbacks.under_way:
                    await asyncio.sleep(0.001)
        await callbacks.close()
        return logs

    async def test_user_and_password_are_sent(self, client):
        """
        As Basic authentication, in UTF-8.
        """
        async with host(lambda _: OK) as (address, heads):
            assert await self.delivered(client, Callback(f"http://ü%40:p%3Aß@{address}/cb")) == []

        basic = base64.b64encode("ü@:p:ß".encode()).decode()
        assert f"Authorization: Basic {basic}\r\n" in heads[0]
        assert path_in(heads[0]) == "/cb"

    async def test_password_stays_with_its_origin(self, client):
        async with host(lambda _: OK) as (other, others):
            answer = redirect(f"http://{other}/", 307)
            async with host(lambda _: answer) as (address, heads):
                await self.delivered(client, Callback(f"http://u:p@{address}/cb"))

        assert "Authorization" in heads[0]
        assert others
        assert "Authorization" not in others[0]

    @pytest.mark.parametrize("wrong", HOSTILE.values(), ids=HOSTILE)
    async def test_callback_is_retried_after_a_hostile_response(self, client, wrong):
        """
        The paid response is not lost.
        """
        answers = [wrong, OK]
        async with host(lambda _: answers.pop(0) if len(answers) > 1 else answers[0]) as (
            address,
            heads,
        ):
            assert await self.delivered(client, Callback(f"http://{address}/cb")) == []

        assert heads

    async def test_password_is_in_no_log(self, client):
        answer = b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"
        async with host(lambda _: answer) as (address, _):
            callback = Callback(f"http://user:hidden@{address}/cb")
            logs = await self.delivered(client, callback)

        assert [line["reason"] for line in logs] == ["answers 500"]
        assert "hidden" not in str(logs) + repr(callback)


async def test_receivers_of_one_org_hold_up_no_other_org(client):
    """
    Of callbacks to a receiver that does not answer, an org has a share; the rest is dropped.
    """
    taken = asyncio.Event()

    async def tried(_attempt: int, is_delivered: bool) -> None:
        assert is_delivered
        taken.set()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    callbacks = WebCallbacks(client)
    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    async with server, host(lambda _: OK) as (address, _):
        slow = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        with structlog.testing.capture_logs() as logs:
            for _ in range(250):
                await callbacks.deliver(Callback(slow), b"{}", lease())
            await callbacks.deliver(
                Callback(f"http://{address}/"), b"{}", lease(org=OrgId("other")), tried
            )
            async with asyncio.timeout(10):
                await taken.wait()
        await callbacks.close()

    assert [line["event"] for line in logs] == ["callback dropped"] * 50


async def test_password_in_a_url_to_fetch_is_refused(client):
    with pytest.raises(AldeaError, match="password"):
        await fetched(client, "http://user:pass@127.0.0.1/")
