"""The time from a command until a service is ready, and until `--help` is printed."""

import http.client
import resource
import subprocess
import time

from contextlib import ExitStack
from typing import Any

from benchmarks.bench import Bench
from benchmarks.gateway import ALDEA, environ
from benchmarks.machine import PROXY_CORE, cpu_seconds, use_core
from benchmarks.processes import Stuck, free_port, running


_SERVICES = ("ws-proxy", "transcribe")
_READY_SECONDS = 30.0


def measure(bench: Bench) -> dict[str, Any]:
    found: dict[str, Any] = {name: {"seconds": [], "cpu": []} for name in (*_SERVICES, "help")}
    with bench.opened(peers=False) as opened:
        settings = environ(opened.store, opened.engine)
        # The first start is not counted: it fills caches that every later start finds filled.
        for n in range(bench.plan.starts + 1):
            bench.report(f"start {n} of {bench.plan.starts}")
            for name in _SERVICES:
                _note(found[name], _until_ready(name, settings), n)
            _note(found["help"], _help(), n)
    return found


def _note(row: dict[str, list[float]], took: tuple[float, float], n: int) -> None:
    if n:
        row["seconds"].append(round(took[0], 4))
        row["cpu"].append(round(took[1], 4))


def _until_ready(name: str, settings: dict[str, str]) -> tuple[float, float]:
    port = free_port()
    command = [ALDEA, "serve", name, "--host", "127.0.0.1", "--port", str(port)]
    began = time.perf_counter()
    with ExitStack() as stack:
        process = stack.enter_context(
            running(command, pinned=True, env=settings, stdout=subprocess.DEVNULL)
        )
        while not _is_ready(port):
            if time.perf_counter() > began + _READY_SECONDS or process.poll() is not None:
                raise Stuck(f"{name} did not become ready")
            time.sleep(0.005)
        return time.perf_counter() - began, cpu_seconds([process.pid])


def _is_ready(port: int) -> bool:
    asking = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        asking.request("GET", "/readyz")
        return asking.getresponse().status == 200
    except OSError:
        return False
    finally:
        asking.close()


def _help() -> tuple[float, float]:
    before = _children()
    began = time.perf_counter()
    subprocess.run(
        [ALDEA, "--help"],
        stdout=subprocess.DEVNULL,
        check=True,
        preexec_fn=lambda: use_core(PROXY_CORE),
    )
    return time.perf_counter() - began, _children() - before


def _children() -> float:
    """CPU seconds of children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
