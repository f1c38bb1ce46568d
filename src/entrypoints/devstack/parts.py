"""
What the supervisor starts: Aldea's services and third-party servers, each a process.

A part that ended can be started again. A part can be stopped while it starts.
"""

import asyncio
import contextlib
import os
import signal
import sys

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, final

import aiohttp

from typing_extensions import override

from adapters.local_servers.server import CannotStart, LocalServer
from entrypoints.devstack.watchdog import Watchdog
from entrypoints.runtime.notify import VARIABLE, Notifications, notifications


_READY_SECONDS = 60.0
_ASK_SECONDS = 0.05
_LOOK_SECONDS = 0.2
_LONGEST_LINE = 2**20


class SupervisedPart(Protocol):
    """
    Attributes:
        name: Its name in logs and progress.
    """

    name: str

    @property
    @abstractmethod
    def address(self) -> str:
        """Its host and port, to be shown; empty if it has none to show."""

    @abstractmethod
    async def start(self) -> None:
        """
        Returns once it is ready.

        Raises:
            CannotStart: It ended before it was ready, or takes too long.
        """

    @abstractmethod
    async def ended(self) -> int:
        """Waits until it ends; returns its exit status, negative for a signal."""

    @abstractmethod
    async def stop(self, forced: asyncio.Event) -> int:
        """
        Stops it; returns its exit status, or 0 if it does not run.

        Args:
            forced: Set when it must be killed without waiting; may become set during the wait.
        """


@final
class Service(SupervisedPart):
    """
    A service of Aldea: `aldea serve NAME`, or another command that serves.

    Args:
        arguments: Arguments of `aldea`.
        environ: Its environment.
        ready_url: Answers 200 once it is ready.
        patience: Seconds it may take to stop.
        say: Called with its name and each line it writes.
    """

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        environ: Mapping[str, str],
        *,
        address: str,
        ready_url: str,
        patience: float,
        watchdog: Watchdog,
        say: Callable[[str, str], None],
    ) -> None:
        self.name = name
        self._address = address
        self._command = [sys.executable, "-m", "entrypoints.cli", *arguments]
        self._environ = dict(environ)
        self._ready_url = ready_url
        self._patience = patience
        self._watchdog = watchdog
        self._say = say
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None

    @property
    @override
    def address(self) -> str:
        return self._address

    @override
    async def start(self) -> None:
        async with notifications() as notified:
            await self._start(notified)

    async def _start(self, notified: Notifications) -> None:
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            env={**self._environ, VARIABLE: notified.address},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=_LONGEST_LINE,
            start_new_session=True,  # Ctrl-C goes to the supervisor, which stops parts in order
        )
        self._watchdog.on_spawn(self._process.pid)
        self._reading = asyncio.create_task(self._read(self._process))
        ready = asyncio.create_task(self._is_ready(notified))
        ended = asyncio.create_task(self.ended())
        try:
            await asyncio.wait(
                {ready, ended},
                timeout=_READY_SECONDS,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if ended.done():
                raise CannotStart(f"{self.name} {how_it_ended(ended.result())} while it started.")
            if not ready.done():
                self._kill(self._process)
                await ended
                raise CannotStart(f"{self.name} is not ready after {_READY_SECONDS:g} s.")
        finally:
            ready.cancel()
            ended.cancel()
            await asyncio.gather(ready, ended, return_exceptions=True)

    @override
    async def ended(self) -> int:
        if self._process is None or self._reading is None:
            return 0
        status = await self._process.wait()
        self._kill(self._process)  # processes it may have left behind
        await asyncio.wait({self._reading})  # its last lines
        self._watchdog.died(self._process.pid)
        return status

    @override
    async def stop(self, forced: asyncio.Event) -> int:
        process = self._process
        if process is None or process.returncode is not None:
            return 0
        ended = asyncio.create_task(self.ended())
        second = asyncio.create_task(forced.wait())
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await asyncio.wait(
            {ended, second},
            timeout=self._patience,
            return_when=asyncio.FIRST_COMPLETED,
        )
        second.cancel()
        if not ended.done():
            self._kill(process)
        status = await ended
        # A service without its signal handlers yet is killed by SIGTERM, which is no failure here.
        return 0 if status == -signal.SIGTERM else status

    def _kill(self, process: asyncio.subprocess.Process) -> None:
        """Kills its whole process group."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        while True:
            try:
                line = await process.stdout.readline()
            except ValueError:  # the line is too long
                continue
            if not line:
                return
            # Continue whatever a line does to the console: a service blocks if its output is not
            # read.
            with contextlib.suppress(Exception):
                self._say(self.name, line.decode(errors="replace").rstrip())

    async def _is_ready(self, notified: Notifications) -> None:
        # Until this notification, another process may be listening on its port.
        await notified.listening()
        timeout = aiohttp.ClientTimeout(total=5)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            while not await self._says_it_is_ready(session):  # noqa: ASYNC110 (there is no event)
                await asyncio.sleep(_ASK_SECONDS)

    async def _says_it_is_ready(self, session: aiohttp.ClientSession) -> bool:
        try:
            async with session.get(self._ready_url) as response:
                return response.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False


@final
class Server(SupervisedPart):
    """
    A third-party server, which knows how to start and stop itself.

    Args:
        stop_signal: The signal by which the watchdog stops it.
        then: Called after every start, for state that the server does not keep.
    """

    def __init__(
        self,
        name: str,
        server: LocalServer,
        *,
        watchdog: Watchdog,
        stop_signal: signal.Signals = signal.SIGTERM,
        then: Callable[[], object] | None = None,
    ) -> None:
        self.name = name
        self._server = server
        self._then = then
        self._watchdog = watchdog
        self._starting: asyncio.Task[None] | None = None

        def on_spawn(pid: int) -> None:
            watchdog.on_spawn(pid, stop_signal)

        server.on_spawn = on_spawn

    @property
    @override
    def address(self) -> str:
        return f"127.0.0.1:{self._server.port}" if self._server.port else ""

    @override
    async def start(self) -> None:
        # A thread cannot be cancelled, so `stop` waits for this task.
        self._starting = asyncio.create_task(asyncio.to_thread(self._start))
        await asyncio.shield(self._starting)

    def _start(self) -> None:
        self._server.start()
        if self._then is not None:
            self._then()

    @override
    async def ended(self) -> int:
        process = self._server.process
        if process is None:
            return 0
        while (status := process.poll()) is None:  # noqa: ASYNC110 (there is no event)
            await asyncio.sleep(_LOOK_SECONDS)
        self._watchdog.died(process.pid)
        return status

    @override
    async def stop(self, forced: asyncio.Event) -> int:
        if self._starting is not None:
            await asyncio.gather(self._starting, return_exceptions=True)
        process = self._server.process
        if process is None or process.poll() is not None:
            return 0
        await asyncio.to_thread(self._server.stop)
        self._watchdog.died(process.pid)
        return process.returncode


def how_it_ended(status: int) -> str:
    if status < 0:
        return f"was killed by {signal.Signals(-status).name}"
    return f"ended with status {status}"
