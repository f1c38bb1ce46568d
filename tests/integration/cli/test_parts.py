"""Parts of the supervisor that misbehave."""

import asyncio
import os
import signal

import psutil
import pytest

from adapters.local_servers.redis import LocalRedis
from adapters.local_servers.server import CannotStart, free_port
from entrypoints.devstack.parts import Server, Service
from entrypoints.devstack.watchdog import Watchdog


pytestmark = pytest.mark.slow


@pytest.fixture
def watchdog():
    made = Watchdog()
    yield made
    made.close()


@pytest.fixture
def said():
    return []


@pytest.fixture
async def service(watchdog, said):
    """Makes services of the command line's arguments, and leaves none behind."""
    made = []

    def new(*arguments, **environ):
        port = free_port()
        base = {name: text for name, text in os.environ.items() if not name.startswith("ALDEA_")}
        made.append(
            Service(
                "engine",
                [*arguments, "--host", "127.0.0.1", "--port", str(port)],
                base | {"ALDEA_BUNDLED_ENGINE": "memory"} | environ,
                address="",
                ready_url=f"http://127.0.0.1:{port}/readyz",
                patience=0.5,
                watchdog=watchdog,
                say=lambda name, line: said.append(line),
            ),
        )
        return made[-1]

    yield new
    forced = asyncio.Event()
    forced.set()
    for part in made:
        await part.stop(forced)


async def test_stopped_parts_output_is_kept(service, said):
    part = service("serve", "stt")
    await part.start()

    assert await part.stop(asyncio.Event()) == 0
    assert any('"serving"' in line for line in said)


async def test_part_that_exits_at_start_fails_at_once(service, said):
    """
    With its own error text.
    """
    with pytest.raises(CannotStart, match="engine ended with status 1 while it started"):
        await service("serve", "stt", ALDEA_CAPACTY="1").start()

    assert "ALDEA_CAPACTY is not a setting" in said[0]


async def test_part_that_never_gets_ready_is_stopped(service, monkeypatch):
    """
    After a time limit.
    """
    monkeypatch.setattr("entrypoints.devstack.parts._READY_SECONDS", 0.1)

    with pytest.raises(CannotStart, match="not ready"):
        await service("serve", "stt").start()


async def test_part_that_ignores_sigterm_is_killed(service):
    part = service("serve", "stt")
    await part.start()
    part._process.send_signal(signal.SIGSTOP)

    assert await part.stop(asyncio.Event()) == -signal.SIGKILL


async def test_killed_part_leaves_no_children(service):
    part = service("serve", "stt", ALDEA_BUNDLED_ENGINE="pocketsphinx", ALDEA_BUNDLED_WORKERS="2")
    await part.start()
    children = psutil.Process(part._process.pid).children(recursive=True)
    part._process.kill()

    # Each worker keeps a process that forks the decoders of files.
    assert len(children) == 4
    assert await part.ended() == -signal.SIGKILL
    _, left = psutil.wait_procs(children, 5)
    assert not left


async def test_server_setup_runs_at_every_start(tmp_path, watchdog):
    """
    State that the server does not persist is restored.
    """
    server, given = LocalRedis(tmp_path / "redis"), []
    part = Server("redis", server, watchdog=watchdog, then=lambda: given.append(server.port))
    for _ in range(2):
        await part.start()
        server.process.kill()
        assert await part.ended() == -signal.SIGKILL
        assert await part.stop(asyncio.Event()) == 0

    assert given == [server.port] * 2
    assert part.address == f"127.0.0.1:{server.port}"
