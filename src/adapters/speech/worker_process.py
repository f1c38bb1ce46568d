"""A worker process, seen from the pool: its jobs, their mailboxes, and its end."""

import asyncio
import contextlib
import itertools
import json
import os
import sys

from collections.abc import Mapping
from typing import Any

import structlog

from adapters.speech import worker_messages
from aldea_core.domain.errors import EngineLost


log = structlog.get_logger()

Mailbox = asyncio.Queue[Any]


class WorkerProcess:
    """A worker process and its jobs."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process = process
        self._stdin = process.stdin
        self._stdout = process.stdout
        self._mailboxes: dict[int, Mailbox] = {}
        self._numbers = itertools.count(1)
        self._reading = asyncio.create_task(self._read())
        self._ready: asyncio.Future[worker_messages.Ready] = (
            asyncio.get_running_loop().create_future()
        )
        self.is_alive = True
        self.ready = worker_messages.Ready(None, frozenset())
        self.measured: Mapping[str, float] = {}
        # Measurements asked for since the last one that came.
        self.unanswered = 0

    @classmethod
    async def start(cls, recogniser: str, options: Mapping[str, Any]) -> "WorkerProcess":
        """
        Starts a worker and waits until its model is loaded.

        Raises:
            EngineLost: The process ended before that.
        """
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "adapters.speech.worker",
            recogniser,
            json.dumps(dict(options)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            # Its threads are the recogniser's. BLAS would start one a core for each small product.
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        )
        worker = cls(process)
        worker.ready = await worker._ready
        return worker

    @property
    def load(self) -> int:
        return len(self._mailboxes)

    @property
    def pid(self) -> int:
        return self._process.pid

    def open(self, message: Any) -> tuple[int, Mailbox]:
        """Opens a job. Returns its number and the mailbox of its replies."""
        number, mailbox = next(self._numbers), Mailbox()
        self._mailboxes[number] = mailbox
        self._stdin.write(worker_messages.packed(number, message))
        return number, mailbox

    async def say(self, number: int, message: Any) -> None:
        """
        Sends *message* to a job.

        Raises:
            EngineLost: The worker has died.
        """
        if not self.is_alive:
            raise EngineLost
        try:
            self._stdin.write(worker_messages.packed(number, message))
            await self._stdin.drain()
        except ConnectionError as error:
            raise EngineLost from error

    def measure(self) -> None:
        """Asks for new values of `measured`."""
        if self.is_alive:
            self.unanswered += 1
            with contextlib.suppress(ConnectionError):
                self._stdin.write(worker_messages.packed(0, worker_messages.Measure()))

    def kill(self) -> None:
        """Ends the process at once, whatever it does."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    def drop(self, number: int) -> None:
        """Aborts a job."""
        if self._mailboxes.pop(number, None) is not None and self.is_alive:
            with contextlib.suppress(ConnectionError):
                self._stdin.write(worker_messages.packed(number, worker_messages.Drop()))

    async def _read(self) -> None:
        try:
            while True:
                head = await self._stdout.readexactly(worker_messages.LENGTH_BYTES)
                body = await self._stdout.readexactly(worker_messages.length_of(head))
                number, message = worker_messages.unpacked(body)
                if isinstance(message, worker_messages.Ready):
                    self._ready.set_result(message)
                elif isinstance(message, worker_messages.Measured):
                    self.measured, self.unanswered = message.values, 0
                elif (mailbox := self._mailboxes.get(number)) is not None:
                    mailbox.put_nowait(message)
        except (asyncio.IncompleteReadError, ConnectionError):
            self._die()
        except Exception:  # what it says cannot be read, so its jobs would wait forever
            log.exception("speech worker says nonsense", pid=self.pid)
            self.kill()
            self._die()

    def _die(self) -> None:
        self.is_alive = False
        if not self._ready.done():
            self._ready.set_exception(EngineLost())
        for mailbox in self._mailboxes.values():
            mailbox.put_nowait(worker_messages.Failed(EngineLost()))
        self._mailboxes.clear()

    async def wait(self) -> None:
        """Waits until the process has ended."""
        await self._process.wait()

    async def close(self) -> None:
        """Ends the process. Closing its input suffices, unless it is recognising an utterance."""
        self._reading.cancel()
        self._stdin.close()
        try:
            async with asyncio.timeout(1):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        self._die()
