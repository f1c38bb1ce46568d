"""Clients that lie, stall and vanish: each gets its answer, and holds nothing afterwards."""

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
from tests.servers.raw import exchange, post, read_answer

from aldea_core.domain.access.limits import Limits


SECOND = bytes(range(256)) * 125


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
        assert len(running.container.running()) == 0
    assert [entry for entry in log if "exc_info" in entry or entry["log_level"] == "error"] == []
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


async def idle(served: Gateway) -> None:
    for _ in range(300):
        if not await served.open_sessions():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("a session stayed open")


class TestLengths:
    async def test_a_length_above_the_limit(self, served):
        """
        413 before anything is read, or even sent.
        """
        answer = await exchange(served.port, post(served.key, "Content-Length: 1000001"))

        assert (answer.status, answer.json()["err_code"]) == (413, "PAYLOAD_TOO_LARGE")
        assert "max_upload_bytes" in answer.json()["error"]

    async def test_no_length_and_more_than_the_limit(self, served):
        """
        413 while it is read.
        """
        chunk = b"7D00\r\n" + SECOND + b"\r\n"
        head = post(served.key, "Transfer-Encoding: chunked")
        answer = await exchange(served.port, head, *[chunk] * 40)

        assert (answer.status, answer.json()["err_code"]) == (413, "PAYLOAD_TOO_LARGE")

    async def test_no_length_at_all(self, served):
        """
        Is no body: 422.
        """
        answer = await exchange(served.port, post(served.key))

        assert (answer.status, answer.json()["err_code"]) == (422, "ASR_UNPROCESSABLE_ENTITY")

    async def test_less_than_was_announced(self, served):
        """
        The upload was interrupted: nothing is transcribed, nothing is billed.
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

    async def test_more_than_was_announced(self, served):
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
    async def test_a_length_that_is_none(self, served, length):
        """
        400, before anything else.
        """
        answer = await exchange(served.port, post(served.key, f"Content-Length: {length}"), b"x")

        assert answer.status == 400

    async def test_both_kinds_of_length(self, served):
        """
        400: it is how requests are smuggled (RFC 9112, 6.3).
        """
        head = post(served.key, "Content-Length: 5", "Transfer-Encoding: chunked")

        assert (await exchange(served.port, head, b"0\r\n\r\n")).status == 400

    async def test_broken_chunks(self, served):
        """
        End the upload, and nothing is billed.
        """
        head = post(served.key, "Transfer-Encoding: chunked")
        answer = await exchange(served.port, head, b"5\r\nhello\r\n", b"zz\r\n")

        assert answer.status in {400, 408, 422}
        await idle(served)
        assert all(record.audio_ms == 0 for record in await served.usage())


class TestContinue:
    async def test_who_waits_is_told_to_go_on(self, served):
        """
        100 when the body is wanted, then the answer.
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

    async def test_who_is_refused_need_not_upload(self, served):
        """
        401 without a 100 before it.
        """
        head = post("org_wrong", "Content-Length: 900000", "Expect: 100-continue")

        assert (await exchange(served.port, head)).status == 401

    async def test_another_expectation(self, served):
        """
        417.
        """
        head = post(served.key, "Content-Length: 5", "Expect: miracles")

        assert (await exchange(served.port, head, b"audio")).status == 417


class TestLeaving:
    async def test_in_mid_upload(self, served):
        """
        The place is free at once; nothing is billed.
        """
        for _ in range(20):
            _, writer = await asyncio.open_connection("127.0.0.1", served.port)
            writer.write(post(served.key, "Content-Length: 500000") + SECOND)
            await writer.drain()
            await asyncio.sleep(0.005)
            writer.transport.abort()
        await idle(served)

        assert all(record.audio_ms == 0 for record in await served.usage())

    async def test_in_mid_head(self, served):
        """
        Is nobody's business.
        """
        _, writer = await asyncio.open_connection("127.0.0.1", served.port)
        writer.write(post(served.key)[:50])
        await writer.drain()
        writer.close()
        assert (await exchange(served.port, post(served.key))).status == 422

    async def test_without_leaving(self, served):
        """
        An upload that stops for too long is ended: 408.
        """
        answer = await exchange(served.port, post(served.key, "Content-Length: 500000"), SECOND)

        assert (answer.status, answer.json()["err_code"]) == (408, "REQUEST_TIMEOUT")
        assert [record.audio_ms for record in await served.usage()] == [0]

    @pytest.mark.parametrize("path", ["/v1/listen", "/v1/auth/grant"])
    async def test_a_document_without_leaving(self, served, path):
        """
        A document that does not come is not waited for either, nor is one that comes byte by byte.
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
    async def test_what_is_not_http(self, served):
        """
        400, however it looks.
        """
        rng = random.Random(7)
        for _ in range(30):
            junk = rng.randbytes(200).replace(b"\n", b" ").replace(b"\r", b" ")
            answer = await exchange(served.port, junk + b"\r\n\r\n")
            assert answer.status == 400

    async def test_a_head_without_end(self, served):
        """
        400 at its limit.
        """
        answer = await exchange(served.port, post(served.key)[:-2] + b"X: " + b"x" * 100_000)

        assert answer.status == 400

    async def test_a_url_without_end(self, served):
        """
        400 too.
        """
        head = post(served.key, path="/v1/listen?x=" + "x" * 100_000)

        assert (await exchange(served.port, head)).status in {400, 414}


async def test_memory_is_bounded(log):
    """
    200 uploads that stop in the middle hold about what their sockets hold, and give it back.
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
