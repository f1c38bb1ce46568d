"""
Aldea as it runs in production: single services that share keys, leases and
limits through Redis.
"""

import os
import subprocess
import sys

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks.processes import free_port, running, wait_until_open
from benchmarks.store import Store
from benchmarks.targets import Engine, Target


ALDEA = str(Path(sys.executable).parent / "aldea")


def environ(at: Store, behind: Engine, *, adapted: bool = False) -> dict[str, str]:
    """Settings with everything on, and no limit that the load could reach."""
    live = behind.foreign if adapted else behind.live
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("ALDEA_")},
        "ALDEA_REDIS_URL": at.url,
        "ALDEA_WS_ENGINES": f"http://127.0.0.1:{live}",
        "ALDEA_FILE_ENGINES": f"http://127.0.0.1:{behind.file}",
        "ALDEA_ENGINE_CAPACITY": "100000",
        "ALDEA_CAPACITY": "100000",
        "ALDEA_LEAD_SECONDS": "100000000",
        "ALDEA_LOG_LEVEL": "warning",
    }


@contextmanager
def gateway(at: Store, behind: Engine, *, adapted: bool = False) -> Iterator[Target]:
    """Starts ws-proxy and transcribe in front of the engine."""
    settings = environ(at, behind, adapted=adapted)
    with ExitStack() as stack:
        live, live_pid = stack.enter_context(service("ws-proxy", settings))
        file, file_pid = stack.enter_context(service("transcribe", settings))
        name = "aldea, adapted" if adapted else "aldea"
        yield Target(name, live, file, [live_pid], [file_pid], at.keys)


@contextmanager
def service(name: str, settings: Mapping[str, str]) -> Iterator[tuple[int, int]]:
    """Starts a service. Yields its port and its process id."""
    port = free_port()
    command = [ALDEA, "serve", name, "--host", "127.0.0.1", "--port", str(port)]
    # At the end engine and Redis stop first, and the service would log an error per stream.
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with running(command, pinned=True, env=settings, **quiet) as process:
        wait_until_open(port)
        yield port, process.pid
