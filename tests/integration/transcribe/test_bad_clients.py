"""
Clients that lie, stall and vanish: each gets its response, and no resource is held afterwards.
"""

import asyncio
import gc
import logging
import random

from collections.abc import AsyncIterator

import attrs
import psutil
import pytest
import structlog

from tests.servers.gateway import MEMORY, Gateway, gateway
from tests.servers.held_engine import HeldEngine
from tests.servers.raw import exchange, post, read_answer

from aldea_core.domain.access.limits import Limits


SECOND = bytes(range(256)) * 125
TOO_LONG = "REQUEST_HEADER_FIELDS_TOO_LARGE"


@pytest.fixture
def log():
    with structlog.testing.capture_logs() as entries:
        yield entries


@pytest.fixture
async def served(log, caplog) -> AsyncIterator[Gateway]:
    """No client of this file leaves a traceback, an open session or a bill behind."""
    limits = Limits(requests_per_minute=None, max_upload_bytes=1_000_000)
    async with gateway(attrs.evolve(MEMORY, upload_idle_seconds=1.0), limits) as running:
        yield running
        await idle(running)
        assert len(running.services.gateway.running()) == 0
    assert [entry for entry in log if "exc_info" in entry or entry["log_level"] == "error"] == []
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


async def idle(served: Gateway) -> None:
    for _ in range(300):
        if not await served.open_sessions():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("a session stayed open")


class TestLengths:
    async def test_declared_length_above_the_limit_is_413(self, served):
        """
        Before any of the body is read or sent.
        """
        answer = await exchange(served.port, post(served.key, "Content-Length: 1000001"))

        assert (answer.status, answer.json()["err_code"]) == (413, "PAYLOAD_TOO_LARGE")
        assert "max_upload_bytes" in answer.json()["error"]

    async def test_chunked_body_above_the_limit_is_413(self, served):
        """
        While it is read.
        """
        chunk = b"7D00\r\n" + SECOND + b"\r\n"
        head = post(served.key, "Transfer-Encoding: chunked")
        answer = await exchange(served.port, head, *[chunk] * 40)

        assert (answer.status, answer.json()["err_code"]) == (413, "PAYLOAD_TOO_LARGE")

    async def test_request_without_body_is_422(self, served):
        answer = await exchange(served.port, post(served.key))

        assert (answer.status, answer.json()["err_code"]) == (422, "ASR_UNPROCESSABLE_ENTITY")

    async def test_interrupted_upload_is_not_billed(self, served):
        """
        Nor transcribed.
        """
        head = post(served.key, "Content-Length: 64000")
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        writer.write(head + SECOND)
        writer.write_eof()
        answer = await reader.read()
        writer.close()
        await idle(served)

        assert answer == b""
        assert [(r.audio_ms, r.status) for r in await served.usage()] == [(0, 499)]

    async def test_bytes_after_the_body_are_a_bad_request(self, served):
        """
        The rest is the next request, and is none.
        """
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        writer.write(post(served.key, "Content-Length: 32000") + SECOND)
        first = await read_answer(reader)
        writer.write(SECOND)
        second = await read_answer(reader)
        writer.close()

        assert (first.status, first.json()["metadata"]["duration"]) == (200, 1.0)
        assert second.status == 400

    @pytest.mark.parametrize("length", ["-5", "many", "1e3", "5, 6", ""])
    async def test_invalid_content_length_is_400(self, served, length):
        """
        Before any other check.
        """
        answer = await exchange(served.port, post(served.key, f"Content-Length: {length}"), b"x")

        assert answer.status == 400

    async def test_length_and_chunked_together_are_400(self, served):
        """
        That is how requests are smuggled (RFC 9112, 6.3).
        """
        head = post(served.key, "Content-Length: 5", "Transfer-Encoding: chunked")

        assert (await exchange(served.port, head, b"0\r\n\r\n")).status == 400

    @pytest.mark.parametrize("more", [[], ["Transfer-Encoding: chunked"], ["Connection: close"]])
    async def test_compressed_upload_is_415(self, served, more):
        """
        However it comes: half a megabyte could be half a gigabyte to read.
        """
        length = [] if "Transfer-Encoding: chunked" in more else ["Content-Length: 0"]
        head = post(served.key, "Content-Encoding: gzip", *length, *more)

        answer = await exchange(served.port, head)

        assert (answer.status, answer.headers["accept-encoding"]) == (415, "identity")

    async def test_malformed_chunk_ends_the_upload(self, served):
        """
        It is not billed.
        """
        head = post(served.key, "Transfer-Encoding: chunked")
        answer = await exchange(served.port, head, b"5\r\nhello\r\n", b"zz\r\n")

        assert answer.status in {400, 408, 422}
        await idle(served)
        assert all(record.audio_ms == 0 for record in await served.usage())


class TestContinue:
    async def test_expect_continue_gets_100(self, served):
        """
        When the body is wanted; then the response.
        """
        head = post(served.key, "Content-Length: 32000", "Expect: 100-continue")
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        writer.write(head)
        first = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 60)
        writer.write(SECOND)
        answer = await read_answer(reader)
        writer.close()

        assert first == b"HTTP/1.1 100 Continue\r\n\r\n"
        assert answer.status == 200

    async def test_expectation_of_http_1_0_is_ignored(self, served):
        """
        RFC 9110, 10.1.1: its clients take the first head for the response's.
        """
        head = post(served.key, "Content-Length: 32000", "Expect: 100-continue")

        answer = await exchange(served.port, head.replace(b"HTTP/1.1", b"HTTP/1.0"), SECOND)

        assert answer.status == 200

    async def test_refused_request_gets_no_100(self, served):
        """
        401 at once.
        """
        head = post("org_wrong", "Content-Length: 900000", "Expect: 100-continue")

        assert (await exchange(served.port, head)).status == 401

    async def test_unknown_expectation_is_417(self, served):
        head = post(served.key, "Content-Length: 5", "Expect: miracles")

        assert (await exchange(served.port, head, b"audio")).status == 417


class TestLeaving:
    async def test_hang_up_during_upload_frees_the_place(self, served):
        """
        At once; it is not billed.
        """
        for _ in range(20):
            _, writer = await asyncio.open_connection("127.0.0.1", served.port)
            writer.write(post(served.key, "Content-Length: 500000") + SECOND)
            await writer.drain()
            await asyncio.sleep(0.005)
            writer.transport.abort()
        await idle(served)

        assert all(record.audio_ms == 0 for record in await served.usage())

    async def test_hang_up_during_the_head_is_ignored(self, served):
        _, writer = await asyncio.open_connection("127.0.0.1", served.port)
        writer.write(post(served.key)[:50])
        await writer.drain()
        writer.close()
        assert (await exchange(served.port, post(served.key))).status == 422

    async def test_stalled_upload_is_408(self, served):
        """
        An upload that stops for too long is ended: 408.
        """
        answer = await exchange(served.port, post(served.key, "Content-Length: 500000"), SECOND)

        assert (answer.status, answer.json()["err_code"]) == (408, "REQUEST_TIMEOUT")
        assert [record.audio_ms for record in await served.usage()] == [0]

    @pytest.mark.parametrize("path", ["/v1/listen", "/v1/auth/grant"])
    async def test_stalled_json_body_is_408(self, served, path):
        """
        Also if it arrives byte by byte.
        """
        lines = post(
            served.key, "Content-Type: application/json", "Content-Length: 5000", path=path
        )
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        writer.write(lines + b"{")
        answering = asyncio.create_task(read_answer(reader))
        for _ in range(30):
            await asyncio.sleep(0.1)
            if answering.done():
                break
            writer.write(b" ")
        answer = await answering
        writer.close()

        assert (answer.status, answer.json()["err_code"]) == (408, "REQUEST_TIMEOUT")


class TestNonsense:
    async def test_non_http_is_400(self, served):
        """
        Non-HTTP input is 400.
        """
        rng = random.Random(7)
        for _ in range(30):
            junk = rng.randbytes(200).replace(b"\n", b" ").replace(b"\r", b" ")
            answer = await exchange(served.port, junk + b"\r\n\r\n")
            assert (answer.status, answer.json()["err_code"]) == (400, "Bad Request")

    async def test_endless_header_is_431(self, served):
        """
        At the size limit.
        """
        answer = await exchange(served.port, post(served.key)[:-2] + b"X: " + b"x" * 100_000)

        assert (answer.status, answer.json()["err_code"]) == (431, TOO_LONG)

    async def test_endless_url_is_431(self, served):
        head = post(served.key, path="/v1/listen?x=" + "x" * 100_000)

        answer = await exchange(served.port, head)

        assert (answer.status, answer.json()["err_code"]) == (431, TOO_LONG)
        assert "its address" in answer.headers["dg-error"]

    async def test_what_cannot_be_read_is_not_repeated(self, served):
        """
        A proxy's log must not get a key with it.
        """
        answer = await exchange(served.port, post(served.key).replace(b"\r\n", b"\n"))

        assert answer.status == 400
        assert served.key.encode() not in answer.body


async def test_client_that_ends_its_half_of_the_connection_has_left():
    """
    To TCP it is like one that closed: its file is cancelled, and not billed.
    """
    engine = HeldEngine()
    async with gateway(MEMORY, file_engine=engine) as served:
        with pytest.raises(asyncio.IncompleteReadError):
            await exchange(
                served.port, post(served.key, "Content-Length: 32000"), SECOND, leave=True
            )
        await idle(served)

        assert engine.cancelled == 1
        assert [(r.audio_ms, r.status) for r in await served.usage()] == [(0, 499)]


async def test_memory_is_bounded(log):
    """
    200 uploads that stall hold about what their sockets hold, and release it.
    """
    limits = Limits(requests_per_minute=None, concurrent_files=1000)
    async with gateway(limits=limits) as served:
        process = psutil.Process()
        gc.collect()
        before = process.memory_info().rss
        head = post(served.key, "Transfer-Encoding: chunked")
        writers = []
        for _ in range(200):
            _, writer = await asyncio.open_connection("127.0.0.1", served.port)
            writer.write(head + b"7D00\r\n" + SECOND)
            writers.append(writer)
        while await served.open_sessions() < 200:
            await asyncio.sleep(0.01)
        held = process.memory_info().rss - before
        for writer in writers:
            writer.transport.abort()
        await idle(served)

    # Each sent 32 kB, which is kept: the engine collects a whole file. Both ends are in here.
    assert held < 200 * 256 * 1024
