"""`aldea up` in its own process on a free port, with the bundled engine."""

import json
import os
import signal
import subprocess
import sys
import time

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import attrs

from tests.servers.watched import watchdog


ROOT = Path(__file__).parents[2]
# Unless a test is about another one: it starts quickly, and needs little of the machine.
BUNDLED = {"ALDEA_BUNDLED_ENGINE": "pocketsphinx"}
ALDEA = str(Path(sys.executable).parent / "aldea")


def environ_of_servers() -> dict[str, str]:
    """
    This process's, but for what has coverage measured in processes it starts: measuring servers
    would take as much time as the servers themselves, and what they run is run by tests in this
    process too.
    """
    return {key: value for key, value in os.environ.items() if key != "COVERAGE_PROCESS_CONFIG"}


@attrs.frozen
class Up:
    """
    A running `aldea up`.

    Attributes:
        output: Where what it prints goes.
        ready: The file that it writes once it serves.
        more: What it says of itself beside that.
    """

    process: subprocess.Popen[bytes]
    url: str
    org_id: str
    key: str = attrs.field(repr=False)
    data: Path
    output: Path
    ready: Path
    more: dict[str, str] = attrs.field(factory=dict, repr=False)

    @property
    def websocket(self) -> str:
        return self.url.replace("http", "ws", 1)

    @property
    def auth(self) -> dict[str, str]:
        return {"Authorization": f"Token {self.key}"}

    def stop(self) -> int:
        """As Ctrl-C does; its exit status."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)


def open_to_others(folder: Path) -> set[str]:
    """Files in *folder*, and itself, that other users could read or enter."""
    found = set()
    for path in (folder, *folder.rglob("*")):
        with suppress(FileNotFoundError):  # it comes and goes
            if path.lstat().st_mode & 0o067:
                found.add(str(path.relative_to(folder)))
    return found


@contextmanager
def aldea_up(data: Path, *options: str, **environ: str) -> Iterator[Up]:
    """Runs until the context ends; what it printed must hold no traceback."""
    # Beside the folder, which has nothing but what Aldea keeps.
    ready, output = (data.with_name(f"{data.name}-{name}") for name in ("ready.json", "output.txt"))
    ready.unlink(missing_ok=True)
    with output.open("wb") as printed:
        process = subprocess.Popen(
            [
                ALDEA,
                "up",
                "--data",
                str(data),
                "--api-port",
                "0",
                "--backend-port",
                "0",
                "--frontend-port",
                "0",
                "--ready-file",
                str(ready),
                *options,
            ],
            stdout=printed,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            env={**environ_of_servers(), **BUNDLED, **environ},
        )
    watchdog().on_spawn(process.pid, signal.SIGINT)
    try:
        deadline = time.monotonic() + 120
        while not ready.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"aldea up did not come up:\n{output.read_text()}")
            time.sleep(0.02)
        said = json.loads(ready.read_text())
        yield Up(process, said["api"], said["org_id"], said["api_key"], data, output, ready, said)
        assert "Traceback" not in output.read_text()
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        watchdog().died(process.pid)
