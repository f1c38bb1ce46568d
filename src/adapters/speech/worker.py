"""
A worker process: `python -m adapters.speech.worker MODULE:CLASS [ARGUMENTS as JSON]`.

It reads messages from standard input and replies on standard output. It ends when its input ends,
so it never outlives its parent.
"""

import contextlib
import importlib
import io
import json
import os
import queue
import select
import signal
import sys
import threading

from collections.abc import Callable, Iterable, Iterator
from typing import Any, BinaryIO

from adapters.speech import worker_messages
from adapters.speech.file_job import DISK, RETRY_SECONDS, FileJob
from adapters.speech.job import WorkerJob
from adapters.speech.live_job import LiveJob
from adapters.speech.recogniser import Recogniser
from adapters.speech.sandbox import Sandbox
from aldea_core.domain.errors import AldeaError, Unavailable, UndecodableAudio
from aldea_core.domain.transcripts.options import FileOptions


Inbox = queue.SimpleQueue[tuple[int, Any]]
_READ_BYTES = 2**20


class Worker:
    """Runs its jobs in turn, one step each."""

    def __init__(
        self, recogniser: Recogniser, sandbox: Sandbox, inbox: Inbox, out: BinaryIO
    ) -> None:
        self._recogniser = recogniser
        self._sandbox = sandbox
        self._inbox = inbox
        self._out = out
        self._jobs: dict[int, WorkerJob] = {}

    def run(self) -> None:
        capacity = self._recogniser.start(self._wake)
        ready = worker_messages.Ready(capacity, self._recogniser.languages, self._recogniser.device)
        self._say(0, ready)
        while True:
            busy = any(job.has_work for job in self._jobs.values())
            self._take_messages(wait=not busy)
            for number, job in list(self._jobs.items()):
                if job.has_work:
                    self._try(number, job, job.step)

    def _take_messages(self, *, wait: bool) -> None:
        try:
            number, message = self._inbox.get() if wait else self._inbox.get_nowait()
            while True:
                self._take(number, message)
                number, message = self._inbox.get_nowait()
        except queue.Empty:
            pass

    def _take(self, number: int, message: Any) -> None:
        match message:
            case worker_messages.OpenLive(options=options):
                self._jobs[number] = LiveJob(self._recogniser, options)
            case worker_messages.OpenFile(options=options, max_seconds=max_seconds):
                self._open_file(number, options, max_seconds)
            case worker_messages.Measure():
                self._say(0, worker_messages.Measured(self._recogniser.measures()))
            case worker_messages.Drop():
                self._end(number)
            case _ if number in self._jobs:
                job = self._jobs[number]
                self._try(number, job, lambda: _kept(job, message))
            case _:
                pass

    def _open_file(self, number: int, options: FileOptions, max_seconds: float) -> None:
        try:
            self._jobs[number] = FileJob(
                self._recogniser, options, max_seconds, self._sandbox, self._wake
            )
        except OSError as error:  # no room for its temporary file, or for another descriptor
            self._say(number, worker_messages.NoRoom(DISK, RETRY_SECONDS))
            _print_error(f"speech worker: {error!r}\n")

    def _wake(self) -> None:
        self._inbox.put((0, None))  # for no job: `run` looks for jobs with work

    def _try(self, number: int, job: WorkerJob, work: Callable[[], Iterable[Any]]) -> None:
        """Runs *work* of a job. An error ends this job only."""
        try:
            for answer in work():
                self._say(number, answer)
        except Unavailable as error:
            self._say(number, worker_messages.NoRoom(error.what, error.retry_after))
            self._end(number)
        except AldeaError as error:
            self._say(number, worker_messages.Failed(error))
            self._end(number)
        except Exception as error:  # noqa: BLE001 (any error ends this job only)
            self._say(
                number, worker_messages.Failed(UndecodableAudio("The audio cannot be processed."))
            )
            self._end(number)
            _print_error(f"speech worker: {error!r}\n")
        else:
            if job.is_over:
                self._end(number)

    def _end(self, number: int) -> None:
        job = self._jobs.pop(number, None)
        if job is not None:
            job.close()

    def _say(self, number: int, message: Any) -> None:
        try:
            self._out.write(worker_messages.packed(number, message))
            self._out.flush()
        except BrokenPipeError:
            os._exit(0)  # the parent has died


def _kept(job: WorkerJob, message: Any) -> Iterable[Any]:
    """Queues *message* in *job*. There is no reply yet."""
    job.take(message)
    return ()


def _print_error(line: str) -> None:
    """Writes *line* to standard error without blocking. The line is lost if the pipe is full."""
    with contextlib.suppress(OSError):
        if select.select([], [2], [], 0)[1]:
            os.write(2, line.encode(errors="backslashreplace")[: select.PIPE_BUF])


def end_process(why: str) -> None:
    """Ends this worker, which cannot go on. Its streams end with an error, and another is started."""
    _print_error(f"speech worker: {why}\n")
    os._exit(1)


def _read(raw: io.RawIOBase, inbox: Inbox) -> None:
    for number, message in messages_in(raw):
        inbox.put((number, message))
    os._exit(0)


def messages_in(raw: io.RawIOBase) -> Iterator[tuple[int, Any]]:
    """
    The messages on *raw*, until its end. Reads all available bytes at once.

    A recogniser may hold the interpreter's lock for a tenth of a second at a time, and the reading
    thread has one turn after each. With reads of a few kilobytes, streams of a busy worker delayed
    each other until pings timed out and the engine was considered lost.
    """
    with io.BufferedReader(raw, _READ_BYTES) as source:
        while (
            len(head := source.read(worker_messages.LENGTH_BYTES)) == worker_messages.LENGTH_BYTES
        ):
            body = source.read(length := worker_messages.length_of(head))
            if len(body) < length:
                return  # the writer has died
            yield worker_messages.unpacked(body)


def main(arguments: list[str]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is for the parent
    module, _, name = arguments[0].partition(":")
    options = json.loads(arguments[1]) if len(arguments) > 1 else {}
    sandbox = Sandbox()  # before threads are started
    inbox: Inbox = queue.SimpleQueue()
    source = io.FileIO(sys.stdin.fileno(), closefd=False)
    threading.Thread(target=_read, args=(source, inbox), daemon=True).start()
    sandbox.watch(lambda: end_process("the process that decodes files has died"))
    recogniser = getattr(importlib.import_module(module), name)(**options)
    Worker(recogniser, sandbox, inbox, sys.stdout.buffer).run()


if __name__ == "__main__":
    main(sys.argv[1:])
