"""Single services as processes of their own: `aldea serve`."""

import signal
import subprocess
import tempfile
import time
import urllib.request

from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

import attrs

from tests.servers.up import ALDEA, BUNDLED, ROOT, environ_of_servers
from tests.servers.watched import watchdog

from adapters.local_servers.server import free_port


@attrs.frozen
class Service:
    process: subprocess.Popen[bytes]
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def serving(
    name: str,
    *options: str,
    port: int = 0,
    may_die: bool = False,
    stderr: int | None = subprocess.PIPE,
    stdout: IO[bytes] | None = None,
    **environ: str,
) -> Iterator[Service]:
    """
    Runs until the context ends; by then it must have printed no traceback.

    Args:
        may_die: Whether the test freezes or kills it, so that its end is not awaited for long.
        stderr: Where it logs to instead; None closes it.
        stdout: Where what it prints on standard output goes.
    """
    port = port or free_port()
    inherited = environ_of_servers().items()
    base = {key: value for key, value in inherited if not key.startswith("ALDEA_")}
    output = tempfile.TemporaryFile()  # noqa: SIM115 (closed when it was read)
    command = [ALDEA, "serve", name, "--host", "127.0.0.1", "--port", str(port), *options]
    if stderr is None:
        command = ["sh", "-c", 'exec "$@" 2>&-', "sh", *command]
    process = subprocess.Popen(
        command,
        env=base | BUNDLED | environ,
        cwd=ROOT,
        stdout=stdout,
        stderr=stderr if stderr not in {None, subprocess.PIPE} else output,
    )
    watchdog().on_spawn(process.pid)
    service = Service(process, port)
    try:
        _wait_until_ready(service, output)
        yield service
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGCONT)
            process.terminate()
        try:
            process.wait(5 if may_die else 30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        watchdog().died(process.pid)
        printed = _printed(output)
        output.close()
    assert "Traceback" not in printed and '"exception"' not in printed, printed


def _printed(output: IO[bytes]) -> str:
    output.seek(0)
    return output.read().decode()


def _wait_until_ready(service: Service, output: IO[bytes]) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if service.process.poll() is not None:
            raise AssertionError(_printed(output))
        try:
            with urllib.request.urlopen(f"{service.url}/readyz", timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("the service did not become ready")
