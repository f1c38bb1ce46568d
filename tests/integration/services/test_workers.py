"""Several workers on one port."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import urllib.request

from pathlib import Path

import psutil
import pytest

from tests.servers.redis import redis_node
from tests.servers.services import serving
from tests.servers.stage import ORG, SECRET, TOKEN, UNBOUND
from websockets.asyncio.client import connect

from adapters.redis.client import connect as connect_redis
from adapters.redis.keystore import RedisKeystore
from aldea_core.domain.access.keys import KnownKey
from aldea_core.domain.access.limits import Entitlements
from aldea_core.domain.access.orgs import OrgSnapshot
from aldea_core.domain.ids import KeyId


pytestmark = pytest.mark.slow

WORKERS = 3
AUTH = {"Authorization": f"Token {SECRET.reveal()}"}


@pytest.fixture
async def service():
    with (
        redis_node() as node,
        serving("stt", ALDEA_BUNDLED_ENGINE="memory", ALDEA_ENGINE_TOKEN=TOKEN) as engine,
        serving(
            "ws-proxy",
            "--workers",
            str(WORKERS),
            ALDEA_REDIS_URL=node.url,
            ALDEA_WS_ENGINES=engine.url,
            ALDEA_ENGINE_TOKEN=TOKEN,
            ALDEA_CAPACITY="50",
            ALDEA_DRAIN_SECONDS="1",
            ALDEA_DRAIN_SPREAD_SECONDS="0",
        ) as running,
    ):
        client = connect_redis(node.url)
        key = KnownKey(SECRET.hash, KeyId("key"), ORG)
        await RedisKeystore(client).put(OrgSnapshot(ORG, Entitlements(UNBOUND, version=1), (key,)))
        await client.close()
        yield running


def metrics(service) -> dict[str, float]:
    with urllib.request.urlopen(f"{service.url}/metrics", timeout=60) as response:
        text = response.read().decode()
    return {
        name: float(value)
        for name, value in re.findall(
            r"^(aldea_\w+(?:\{[^}]*\})?) ([0-9.e+]+)$", text, re.MULTILINE
        )
    }


def children(service) -> list[int]:
    path = f"/proc/{service.process.pid}/task/{service.process.pid}/children"
    return [int(pid) for pid in Path(path).read_text().split()]


async def test_metrics_add_up_over_workers(service):
    """
    Any worker reports all sessions and the whole capacity.
    """
    for _ in range(100):  # the service is ready when its first worker is
        if metrics(service).get("aldea_capacity_sessions") == 50.0 * WORKERS:
            break
        await asyncio.sleep(0.1)
    url = f"ws://127.0.0.1:{service.port}/v1/listen?encoding=linear16"
    sockets = [await connect(url, additional_headers=AUTH) for _ in range(12)]
    await asyncio.sleep(0.2)
    asked = [metrics(service) for _ in range(6)]
    for socket in sockets:
        await socket.close()
    for _ in range(50):
        after = metrics(service)
        if not after["aldea_active_sessions"]:
            break
        await asyncio.sleep(0.1)

    assert {seen["aldea_active_sessions"] for seen in asked} == {12.0}
    assert {seen["aldea_capacity_sessions"] for seen in asked} == {50.0 * WORKERS}
    assert 0 < asked[0]["aldea_saturation_ratio"] <= 1
    assert after["aldea_active_sessions"] == 0
    assert after['aldea_stream_endings_total{ending="client left"}'] == 12


async def test_dead_worker_is_replaced(service):
    """
    The others go on.
    """
    await asyncio.sleep(3.0)  # one that dies at once would not be
    before = children(service)
    os.kill(before[0], signal.SIGKILL)
    for _ in range(100):
        await asyncio.sleep(0.05)
        if len(children(service)) == WORKERS and children(service) != before:
            break

    assert len(set(children(service)) & set(before)) == WORKERS - 1
    assert len(children(service)) == WORKERS


async def test_sigterm_drains_all_workers(service):
    """
    The exit status is 0.
    """
    service.process.send_signal(signal.SIGTERM)

    assert service.process.wait(15) == 0


async def until_gone(pids: list[int]) -> None:
    async with asyncio.timeout(30):
        while any(psutil.pid_exists(pid) for pid in pids):
            await asyncio.sleep(0.1)


async def test_workers_do_not_outlive_a_killed_parent(service):
    """
    Their streams are ended as by SIGTERM.
    """
    before = children(service)
    url = f"ws://127.0.0.1:{service.port}/v1/listen?encoding=linear16"
    async with connect(url, additional_headers=AUTH) as socket:
        service.process.kill()
        async with asyncio.timeout(30):
            await socket.wait_closed()

        assert socket.close_code == 1012
    await until_gone(before)


async def test_engine_workers_do_not_outlive_a_killed_engine():
    """
    Nor do the processes that decode their files.
    """
    environ = {"ALDEA_BUNDLED_WORKERS": "2", "ALDEA_BUNDLED_ENGINE": "pocketsphinx"}
    with serving("stt", ALDEA_ENGINE_TOKEN=TOKEN, **environ) as engine:
        family = psutil.Process(engine.process.pid).children(recursive=True)
        engine.process.kill()
        await until_gone([each.pid for each in family])

    assert len(family) >= 4


_STOPPED_WHILE_STARTING = """
import os, signal, sys
from entrypoints.runtime.workers import Workers

def work():
    os.kill(os.getppid(), signal.SIGTERM)
    while True:
        signal.pause()

sys.exit(Workers(work, lambda pid: None).run(40))
"""


def test_sigterm_stops_workers_that_are_being_started():
    """
    Neither they nor those that would come after them are left behind.
    """
    for _ in range(5):
        done = subprocess.run(
            [sys.executable, "-c", _STOPPED_WHILE_STARTING], timeout=30, check=False
        )

        assert done.returncode == 0


_ORPHANED_WHILE_STOPPING = """
import os, signal, time
from entrypoints.runtime.workers import Workers

def work():
    taken, parent = [], os.getppid()
    signal.signal(signal.SIGTERM, lambda number, _: taken.append(number))
    os.kill(parent, signal.SIGTERM)
    while not taken:
        time.sleep(0.01)
    os.kill(parent, signal.SIGKILL)
    while os.getppid() == parent:
        time.sleep(0.01)
    time.sleep(0.5)
    print("signals:", len(taken), flush=True)

Workers(work, lambda pid: None).run(1)
"""


def test_worker_that_stops_gets_no_second_signal_when_its_parent_is_killed():
    """
    The second would end its streams at once, without the time that their drain has.
    """
    command = [sys.executable, "-c", _ORPHANED_WHILE_STOPPING]
    done = subprocess.run(command, timeout=30, check=False, capture_output=True, text=True)

    assert done.stdout == "signals: 1\n"
