"""Single services as processes of their own: `aldea serve`."""

import os
import subprocess
import time
import urllib.request

from collections.abc import Iterator
from contextlib import contextmanager

import attrs

from tests.servers.ports import free_port
from tests.servers.up import ALDEA, ROOT


@attrs.frozen
class Service:
    process: subprocess.Popen[bytes]
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def serving(name: str, *options: str, port: int = 0, **environ: str) -> Iterator[Service]:
    """Runs until the context ends; by then it must have printed no traceback."""
    port = port or free_port()
    base = {key: value for key, value in os.environ.items() if not key.startswith("ALDEA_")}
    process = subprocess.Popen(
        [ALDEA, "serve", name, "--host", "127.0.0.1", "--port", str(port), *options],
        env=base | environ,
        cwd=ROOT,
        stderr=subprocess.PIPE,
    )
    service = Service(process, port)
    try:
        _wait_until_ready(service)
        yield service
    finally:
        if process.poll() is None:
            process.terminate()
        try:
            _, printed = process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            _, printed = process.communicate()
    assert b"Traceback" not in printed, printed.decode()


def _wait_until_ready(service: Service) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if service.process.poll() is not None:
            assert service.process.stderr is not None
            raise AssertionError(service.process.stderr.read().decode())
        try:
            with urllib.request.urlopen(f"{service.url}/readyz", timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("the service did not become ready")
