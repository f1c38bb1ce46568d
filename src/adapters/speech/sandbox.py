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

from collections.abc import Callable

from typing_extensions import Buffer, override

from adapters.speech.decoding import decoded
from adapters.speech.memory import limit_memory
from aldea_core.domain.errors import EmptyAudio, TooLarge


MEMORY_BYTES = 512 * 2**20
_LEAST_CPU_SECONDS = 30
# Decoding takes a hundredth of the audio's duration or less.
_CPU_SHARE = 0.1

# Head of each message about a file: kind, and length of the data that follows. Not pickled, because
# the sender has processed untrusted data.
HEAD = struct.Struct("<cI")
SAMPLES, DONE, EMPTY, UNDECODABLE, TOO_LONG, NO_ROOM = b"S", b"D", b"E", b"U", b"L", b"N"
_REQUEST = struct.Struct("<?d")


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

    def decode(self, file: int, *, multichannel: bool, max_seconds: float) -> int:
        """Starts to decode an open file. Returns the descriptor from which to read its messages."""
        reading, writing = os.pipe()
        try:
            request = _REQUEST.pack(multichannel, max_seconds)
            socket.send_fds(self._socket, [request], [file, writing])
        finally:
            os.close(writing)
        return reading


def _serve(requests: socket.socket) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # children are not waited for
    # Closes this copy of the worker's pipes, so that the pool notices when the worker dies.
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    _warm_up()
    while True:
        request, descriptors, _, _ = socket.recv_fds(requests, _REQUEST.size, 2)
        if len(descriptors) < 2:
            return
        file, writing = descriptors
        try:
            is_child = os.fork() == 0
        except OSError:
            is_child = False
            os.write(writing, HEAD.pack(NO_ROOM, 0))
        if is_child:
            requests.close()
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
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))
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
            kind = DONE
            try:
                for samples in decoded(source, multichannel=multichannel, max_seconds=max_seconds):
                    data = bytes([samples.shape[1]]) + samples.tobytes()
                    _write(out, HEAD.pack(SAMPLES, len(data)) + data)
            except EmptyAudio:
                kind = EMPTY
            except TooLarge:
                kind = TOO_LONG
            except BrokenPipeError:
                return
            except Exception:  # noqa: BLE001 (any effect of hostile bytes)
                kind = UNDECODABLE
            _write(out, HEAD.pack(kind, 0))
    except OSError:
        return  # the reader is gone


def _write(out: io.RawIOBase, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[out.write(view) or 0 :]
