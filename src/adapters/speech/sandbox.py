"""
Decodes files, each in a process of its own without other rights.

FFmpeg's demuxers are large, and files are untrusted input. A file's process has little memory and
processor time, and can open no file and no socket. If it dies, no stream is affected. It is forked
from a process that does nothing but fork, which is itself forked from a worker before the worker
has threads: loading FFmpeg and NumPy for each file would take half a second.
"""

import contextlib
import io
import os
import resource
import select
import signal
import socket
import struct
import threading

from collections.abc import Callable, Iterable, Iterator

import attrs
import numpy as np

from typing_extensions import Buffer, override

from adapters.speech.damage import Damage
from adapters.speech.decoding import decoded
from adapters.speech.joined_files import SeveralFiles
from adapters.speech.memory import limit_memory
from adapters.speech.recogniser import SAMPLE_RATE
from adapters.speech.samples import Samples
from aldea_core.domain.errors import EmptyAudio, TooLarge


MEMORY_BYTES = 512 * 2**20
_LEAST_CPU_SECONDS = 30
# Decoding takes a hundredth of the audio's duration or less.
_CPU_SHARE = 0.1

# Head of each message about a file: kind, and length of the data that follows. Not pickled, because
# the sender has processed untrusted data.
HEAD = struct.Struct("<cI")
SAMPLES, DONE, EMPTY, UNDECODABLE, TOO_LONG, NO_ROOM = b"S", b"D", b"E", b"U", b"L", b"N"
SEVERAL = b"F"
# What follows the head of DONE: the fields of `Damage`.
DAMAGE = struct.Struct("<QQ?")
_LEAST_SAMPLES = SAMPLE_RATE // 2
_REQUEST = struct.Struct("<?d")
_KILLED = b"K"


class Sandbox:
    """The process that forks the decoding processes, seen from its worker."""

    def __init__(self) -> None:
        """Forks. This process must not have started a thread yet."""
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            ours.close()
            try:
                _serve(theirs)
            finally:
                os._exit(0)
        theirs.close()
        self._socket = ours
        self._is_closed = False

    def watch(self, died: Callable[[], None]) -> None:
        """Calls *died*, from a thread, if the process ends by itself: no file can be decoded then."""

        def wait() -> None:
            with contextlib.suppress(OSError):
                self._socket.recv(1)  # it says nothing, so this is its end
            if not self._is_closed:
                died()

        threading.Thread(target=wait, daemon=True).start()

    def close(self) -> None:
        """Ends the process. Files being decoded are decoded to their end."""
        self._is_closed = True
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # ends `watch`, which holds the socket open
        self._socket.close()

    def decode(self, file: int, *, multichannel: bool, max_seconds: float) -> tuple[int, int]:
        """
        Starts to decode an open file.

        Returns:
            The descriptor from which to read its messages, and one for `was_killed`.
        """
        reading, writing = os.pipe()
        end_reading, end_writing = os.pipe()
        try:
            request = _REQUEST.pack(multichannel, max_seconds)
            socket.send_fds(self._socket, [request], [file, writing, end_writing])
        finally:
            os.close(writing)
            os.close(end_writing)
        return reading, end_reading


def was_killed(end: int) -> bool:
    """Waits for the end of a file's process; returns whether the machine's lack of memory ended it."""
    return os.read(end, 1) == _KILLED


class _Children:
    """
    The processes that decode, each with the descriptor on which to say that it was killed.

    Limits of its own end a process otherwise: with an error, or by another signal. SIGKILL is the
    kernel's when the machine has no memory left, which is not the file's fault.
    """

    def __init__(self) -> None:
        self._ends: dict[int, int] = {}
        signal.signal(signal.SIGCHLD, self._reap)

    def fork(self, end: int) -> bool:
        """
        Returns whether this is the child.

        Raises:
            OSError: There is no room for another process.
        """
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
        try:
            pid = os.fork()
            if pid:
                self._ends[pid] = end
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
        return not pid

    def _reap(self, *_: object) -> None:
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                pid, status = ended
                end = self._ends.pop(pid)
                if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
                    with contextlib.suppress(OSError):  # its reader has gone
                        os.write(end, _KILLED)
                os.close(end)


def _serve(requests: socket.socket) -> None:
    children = _Children()
    # Closes this copy of the worker's pipes, so that the pool notices when the worker dies.
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    _warm_up()
    while True:
        request, descriptors, _, _ = socket.recv_fds(requests, _REQUEST.size, 3)
        if len(descriptors) < 3:
            return
        file, writing, end = descriptors
        try:
            is_child = children.fork(end)
        except OSError:
            is_child = False
            os.close(end)
            os.write(writing, HEAD.pack(NO_ROOM, 0))
        if is_child:
            requests.close()
            os.close(end)
            multichannel, max_seconds = _REQUEST.unpack(request)
            try:
                _decode(file, writing, multichannel=multichannel, max_seconds=max_seconds)
            finally:
                os._exit(0)
        os.close(file)
        os.close(writing)


def _warm_up() -> None:
    """Loads whatever is loaded at first use: later no file can be opened."""
    with contextlib.suppress(Exception):
        header = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x80>\0\0\0}\0\0\2\0\x10\0data\xd0\7\0\0"
        list(decoded(io.BytesIO(header + bytes(2000)), multichannel=False, max_seconds=1))


def _limit(max_seconds: float) -> None:
    cpu = _LEAST_CPU_SECONDS + round(max_seconds * _CPU_SHARE)
    # The soft limit ends it by SIGXCPU. At the hard one it would be SIGKILL.
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    limit_memory(MEMORY_BYTES)
    # The limit is 1 and number 0 is taken, so no file can be opened. `poll` watches at most this
    # many.
    resource.setrlimit(resource.RLIMIT_NOFILE, (1, 1))


class _Watched(io.FileIO):
    """A file whose reading ends the process once the reader of the samples is gone."""

    def __init__(self, file: int, wanted_by: int) -> None:
        super().__init__(file)
        self._poll = select.poll()
        self._poll.register(wanted_by, 0)

    @override
    def readinto(self, buffer: Buffer, /) -> int:
        if self._poll.poll(0):
            os._exit(0)
        return super().readinto(buffer) or 0


def _decode(file: int, writing: int, *, multichannel: bool, max_seconds: float) -> None:
    try:
        source = io.BufferedReader(_Watched(file, writing))
        _limit(max_seconds)
        with open(writing, "wb", buffering=0) as out:
            kind, damage = DONE, [Damage()]
            try:
                found = decoded(
                    source,
                    multichannel=multichannel,
                    max_seconds=max_seconds,
                    on_damage=damage.append,
                )
                for samples in _gathered(found):
                    data = bytes([samples.shape[1]]) + samples.tobytes()
                    _write(out, HEAD.pack(SAMPLES, len(data)) + data)
            except EmptyAudio:
                kind = EMPTY
            except TooLarge:
                kind = TOO_LONG
            except SeveralFiles:
                kind = SEVERAL
            except BrokenPipeError:
                return
            except Exception:  # noqa: BLE001 (any effect of hostile bytes)
                kind = UNDECODABLE
            rest = DAMAGE.pack(*attrs.astuple(damage[-1])) if kind is DONE else b""
            _write(out, HEAD.pack(kind, len(rest)) + rest)
    except OSError:
        return  # the reader is gone


def _gathered(found: Iterable[Samples]) -> Iterator[Samples]:
    """In parts of half a second. Most are found by 20 ms, and the worker is woken for each that is sent."""
    parts: list[Samples] = []
    for samples in found:
        is_enough = sum(map(len, parts)) >= _LEAST_SAMPLES
        if parts and (is_enough or samples.shape[1] != parts[0].shape[1]):
            yield np.concatenate(parts)
            parts.clear()
        parts.append(samples)
    if parts:
        yield np.concatenate(parts)


def _write(out: io.RawIOBase, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[out.write(view) or 0 :]
