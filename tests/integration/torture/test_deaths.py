"""
Gateways and Redis go away under running streams, and permissions end.

What these tests do is mostly to wait, for leases to lapse and for audio that is played in real time.
"""

import asyncio
import os
import signal
import time

from contextlib import suppress

import attrs
import pytest

from tests.servers.services import serving
from tests.servers.stage import FRAME, TOKEN, UNBOUND, finals_of, stage
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from aldea_core.domain.access.limits import OrgStatus


pytestmark = [pytest.mark.slow, pytest.mark.alone, pytest.mark.timeout(240)]

FULL = os.environ.get("TORTURE") == "full"
CHECKPOINT_MS = 3500  # renewed every 3 s, and the timer wheel may be a little late


async def paced(socket, seconds: float) -> int:
    """Sends audio in real time, and says how many milliseconds went out."""
    loop = asyncio.get_running_loop()
    began, sent = loop.time(), 0
    with suppress(ConnectionClosed):
        while loop.time() - began < seconds:
            await socket.send(FRAME)
            sent += 100
            await asyncio.sleep(max(0.0, began + sent / 1000 - loop.time()))
    return sent


async def test_killed_gateway_frees_places_and_bills_once():
    """
    `kill -9` under 200 streams: all places are free within 30 s, at most one checkpoint of audio
    is unbilled, and each session is recorded once.
    """
    count = 200 if FULL else 100
    async with stage(gateways=1, engines=1) as scene:
        sockets = [
            await connect(scene.live_url(0), additional_headers=scene.auth) for _ in range(count)
        ]
        sending = [asyncio.create_task(paced(socket, 6.0)) for socket in sockets]
        await asyncio.sleep(5.0)
        assert await scene.open_sessions() == count
        killed = time.monotonic()
        scene.gateways[0].process.send_signal(signal.SIGKILL)
        sent = await asyncio.gather(*sending)
        while await scene.open_sessions():
            await asyncio.sleep(0.2)
        freed = time.monotonic() - killed
        records = await scene.usage()
        for socket in sockets:
            socket.transport.abort()

    assert freed <= 31.0  # 30 s, and how often it was looked
    assert len(records) == len({record.session for record in records}) == count
    assert all(not record.final for record in records)
    billed = {record.session: record.audio_ms for record in records}
    for socket, audio_ms in zip(sockets, sent, strict=True):
        unbilled = audio_ms - billed[socket.response.headers["dg-request-id"]]
        assert 0 <= unbilled <= CHECKPOINT_MS + 1200  # what was sent after the kill, too
    print(f"places free after {freed:.1f} s")


async def test_streams_survive_a_lost_redis(tmp_path):
    """
    Cached keys are admitted, and all usage arrives afterwards, once, though Redis returns empty.
    """
    away = 60.0 if FULL else 8.0
    async with stage(gateways=1, engines=1, ALDEA_SPOOL_DIR=str(tmp_path)) as scene:
        node = scene.nodes[0]
        # They do not read meanwhile, not even what answers the pings of this client.
        silent = {"additional_headers": scene.auth, "ping_interval": None}
        runs_on = [await connect(scene.live_url(0), **silent) for _ in range(20)]
        sending = [asyncio.create_task(paced(socket, away + 8)) for socket in runs_on]
        await asyncio.sleep(2)
        node.stop()
        sent = {}
        began = time.monotonic()
        opened_meanwhile = 0
        while time.monotonic() - began < away:
            socket = await connect(scene.live_url(0), additional_headers=scene.auth)
            opened_meanwhile += 1
            await socket.send(FRAME * 5)
            await socket.send('{"type":"CloseStream"}')
            _ = [message async for message in socket]
            assert socket.close_code == 1000
            sent[socket.response.headers["dg-request-id"]] = 500
            await asyncio.sleep(0.5)
        with pytest.raises(InvalidStatus, match="503"):
            other = {"Authorization": "Token " + _unknown_key()}
            await connect(scene.live_url(0), additional_headers=other)
        assert list(tmp_path.iterdir())
        node.start()
        for socket, audio_ms in zip(runs_on, await asyncio.gather(*sending), strict=True):
            assert socket.close_code is None
            sent[socket.response.headers["dg-request-id"]] = audio_ms
            await socket.send('{"type":"CloseStream"}')
            _ = [message async for message in socket]
            assert socket.close_code == 1000
        for _ in range(100):
            if len(records := await scene.usage()) == len(sent):
                break
            await asyncio.sleep(0.2)

    assert {record.session: record.audio_ms for record in records} == sent
    assert all(record.final for record in records)
    assert list(tmp_path.iterdir()) == []
    print(f"{opened_meanwhile} streams were let in while Redis was away")


def _unknown_key() -> str:
    from aldea_core.domain.access.keys import KeySecret

    return KeySecret.mint(b"u" * 24).reveal()


@pytest.mark.parametrize(
    ("work", "code"), [("revoke", 4001), ("suspend", 4003), ("quota", 4002), ("kill", 4004)]
)
async def test_ended_permission_closes_streams(work, code):
    """
    Within five seconds, with its close code and a final record.
    """
    async with stage(gateways=2, engines=1) as scene:
        sockets = [
            await connect(scene.live_url(n % 2), additional_headers=scene.auth) for n in range(20)
        ]
        sending = [asyncio.create_task(paced(socket, 12)) for socket in sockets]
        await asyncio.sleep(1.5)
        began = time.monotonic()
        match work:
            case "revoke":
                await scene.put_org(with_key=False)
            case "suspend":
                await scene.put_org(status=OrgStatus.SUSPENDED)
            case "quota":
                await scene.put_org(attrs.evolve(UNBOUND, quota_ms=1000))
            case _:
                from tests.servers.stage import ORG

                from adapters.redis.leases import RedisLeases
                from aldea_core.domain.ids import SessionId

                for socket in sockets:
                    session = SessionId(socket.response.headers["dg-request-id"])
                    assert await RedisLeases(scene.client).kill(ORG, session)
        took = []

        async def closed(socket) -> int:
            with suppress(ConnectionClosed):
                while True:
                    await socket.recv()
            took.append(time.monotonic() - began)
            return socket.close_code

        codes = await asyncio.gather(*(closed(socket) for socket in sockets))
        await asyncio.gather(*sending)
        with pytest.raises(InvalidStatus):
            await asyncio.sleep(2.1)
            if work == "kill":
                raise InvalidStatus(None)
            await connect(scene.live_url(0), additional_headers=scene.auth)
        records = await scene.usage()

    assert set(codes) == {code}
    assert max(took) <= 5.0
    assert {record.status for record in records} == {code}
    assert all(record.final and record.audio_ms > 0 for record in records)
    print(f"{work}: all closed after {max(took):.2f} s")


async def test_deploy_loses_no_finals():
    """
    SIGTERM under paced streams while a second process takes over: streams that end within the
    limit lose nothing, the rest get 1012, new ones go to the new process, usage is complete.
    """
    count = 200 if FULL else 100
    async with stage(gateways=1, engines=1, ALDEA_DRAIN_SECONDS="4") as scene:
        environ = {
            "ALDEA_REDIS_URL": scene.url,
            "ALDEA_WS_ENGINES": scene.engines[0].url,
            "ALDEA_ENGINE_TOKEN": TOKEN,
            "ALDEA_DRAIN_SECONDS": "0",
        }
        codes: list[int] = []
        sent: dict[str, int] = {}

        async def stream(seconds: float) -> None:
            socket = await connect(scene.live_url(0), additional_headers=scene.auth)
            audio_ms = await paced(socket, seconds)
            session = socket.response.headers["dg-request-id"]
            if socket.close_code is None:
                with suppress(ConnectionClosed):
                    await socket.send('{"type":"CloseStream"}')
                    finals = await finals_of(socket)
                    if socket.close_code == 1000:
                        assert sum(length for _, length, _ in finals) * 1000 == pytest.approx(
                            audio_ms
                        )
                        sent[session] = audio_ms
            codes.append(socket.close_code)

        short = [asyncio.create_task(stream(3.0)) for _ in range(count // 2)]
        long = [asyncio.create_task(stream(30.0)) for _ in range(count - count // 2)]
        await asyncio.sleep(1.5)
        with serving("ws-proxy", **environ) as successor:
            scene.gateways[0].process.send_signal(signal.SIGTERM)
            await asyncio.sleep(0.2)
            with pytest.raises(InvalidStatus, match="503"):
                await connect(scene.live_url(0), additional_headers=scene.auth)
            url = scene.live_url(0).replace(str(scene.gateways[0].port), str(successor.port))
            async with connect(url, additional_headers=scene.auth) as socket:
                await socket.send(FRAME)
                await socket.send('{"type":"CloseStream"}')
                assert len(await finals_of(socket)) == 1
            await asyncio.gather(*short, *long)
            scene.gateways[0].process.wait(20)
        assert scene.gateways[0].process.returncode == 0
        records = await scene.usage()

    assert codes.count(1000) == count // 2
    assert codes.count(1012) == count - count // 2
    assert len(records) == count + 1
    billed = {record.session: record.audio_ms for record in records}
    assert all(billed[session] == audio_ms for session, audio_ms in sent.items())
    assert all(record.final for record in records)
