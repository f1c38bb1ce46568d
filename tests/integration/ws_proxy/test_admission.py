"""A session's place, lease and engine: taken before any wait, always released."""

import asyncio

import attrs
import websockets

from tests.servers.gateway import MEMORY, Gateway

from aldea_core.domain.access.limits import Limits


QUERY = "encoding=linear16&sample_rate=16000"
UNBOUND = Limits(requests_per_minute=None, concurrent_live=100, concurrent_files=100)


async def connected(served: Gateway) -> websockets.ClientConnection | int:
    """A stream, or the status of its refusal."""
    url = f"{served.websocket}/v1/listen?{QUERY}"
    try:
        return await websockets.connect(url, additional_headers=served.auth)
    except websockets.InvalidStatus as refused:
        return refused.response.status_code


async def until(condition) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.005)


async def test_concurrent_handshakes_do_not_exceed_capacity(handler):
    async with handler(attrs.evolve(MEMORY, capacity=2), UNBOUND) as served:
        answers = await asyncio.gather(*(connected(served) for _ in range(12)))
        streams = [each for each in answers if not isinstance(each, int)]
        assert len(streams) == 2
        assert [each for each in answers if isinstance(each, int)] == [503] * 10
        for stream in streams:
            await stream.close()
        await until(lambda: not len(served.services.gateway.running()))
        again = await connected(served)
        assert not isinstance(again, int)
        await again.close()


class Broken(Exception):
    pass


async def test_failed_usage_write_releases_everything(handler, monkeypatch):
    """
    The session, its place and its engine.
    """

    async def write(_) -> None:
        raise Broken

    async with handler(attrs.evolve(MEMORY, capacity=1), UNBOUND) as served:
        with monkeypatch.context() as patch:
            patch.setattr(served.services.gateway.usage(), "write", write)
            stream = await connected(served)
            assert not isinstance(stream, int)
            await stream.close()
            await until(lambda: not len(served.services.gateway.running()))
        await until(lambda: not served.streams)
        again = await connected(served)
        assert not isinstance(again, int)
        await again.close()


async def test_slow_store_does_not_hold_up_the_close_frame(handler, monkeypatch):
    """
    Beyond a second. The stream counts as running until its usage is recorded, which is once.
    """
    answering = asyncio.Event()
    async with handler(MEMORY, UNBOUND) as served:
        usage = served.services.gateway.usage()
        write = usage.write
        written = []

        async def slow(records) -> None:
            await answering.wait()
            written.extend(records)
            await write(records)

        monkeypatch.setattr(usage, "write", slow)
        stream = await connected(served)
        assert not isinstance(stream, int)
        await stream.send('{"type": "CloseStream"}')
        async with asyncio.timeout(60):
            await stream.wait_closed()

        assert stream.close_code == 1000
        assert len(served.services.gateway.running()) == 1
        assert written == []
        answering.set()
        await until(lambda: not len(served.services.gateway.running()))
        assert [record.status for record in written] == [1000]
