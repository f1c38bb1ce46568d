"""
Speech recognition engines.

Files and live streams are separate ports; an engine may serve one or both.
"""

from abc import abstractmethod
from collections.abc import AsyncIterator, Callable
from typing import Protocol

import attrs

from aldea_core.domain.transcripts.options import FileRequest, LiveOptions, LiveRequest
from aldea_core.domain.transcripts.transcripts import LiveEvent, Model


@attrs.frozen
class FileAnswer:
    """
    A file's transcript in the public protocol's JSON.

    Attributes:
        body: The whole JSON response, encoded.
        audio_ms: Milliseconds of audio the engine measured.
        channels: The number of channels that were transcribed separately.
        model: The name of the model that the engine used; empty if the engine does not say.
    """

    body: bytes = attrs.field(repr=False)
    audio_ms: int
    channels: int = 1
    model: str = ""


class FileEngine(Protocol):
    """
    Transcribes whole files.

    - The body is streamed and read at most once. An engine buffers the whole body only if the
      format requires it.
    - Cancelling the call frees everything the engine held for it.
    """

    @abstractmethod
    async def transcribe(self, request: FileRequest, body: AsyncIterator[bytes]) -> FileAnswer:
        """
        Raises:
            EngineBusy: The engine is at capacity.
            EngineUnavailable: The engine cannot be reached, or the connection was lost.
            EngineTooSlow: The engine did not finish in time.
            EngineRefused: The engine refused the request.
            UndecodableAudio: The audio cannot be decoded.
            EmptyAudio: The body has no audio.
            TooLarge: The audio is longer than the engine takes.
        """


class RemoteFileEngine(FileEngine, Protocol):
    """A file engine elsewhere, as a pool has several."""

    @abstractmethod
    def close(self) -> None:
        """Closes the connections that are its own."""

    @abstractmethod
    def lose(self) -> None:
        """
        The engine failed its health checks: running requests fail with `EngineLost`, unless the
        engine may work on them without being able to answer a check.
        """


class LiveStream(Protocol):
    """
    One open live stream.

    - Results depend only on the audio since the last final result. Another engine that receives
      that audio again gives the same results, which makes failover possible.
    - Events come in the order of the audio; a `Summary` is the last one.
    """

    @property
    @abstractmethod
    def model(self) -> Model:
        """The model in use, as far as it is known yet."""

    @abstractmethod
    async def send(self, audio: bytes) -> None:
        """
        Sends audio; waits while the engine is behind.

        Raises:
            EngineLost: The connection to the engine was lost.
        """

    @abstractmethod
    async def finalize(self, channel: int | None = None) -> None:
        """
        Asks for a final result of all audio sent so far; a result with `from_finalize` always
        follows.

        Args:
            channel: The channel to finalize, or None for all channels.
        """

    @abstractmethod
    async def configure(self, options: LiveOptions) -> None:
        """Applies *options* to all audio sent after this call."""

    @abstractmethod
    async def finish(self) -> None:
        """Ends the audio. The remaining final results and the `Summary` follow."""

    @abstractmethod
    async def receive(self) -> LiveEvent | None:
        """
        The next event, or None after the `Summary`.

        Raises:
            EngineLost: The connection to the engine was lost.
            UndecodableAudio: The audio cannot be decoded.
        """

    @abstractmethod
    async def abort(self) -> None:
        """
        Closes the stream at once; a `receive` that waits raises `EngineLost`. Safe to call twice, and
        after the stream has ended.
        """


class LiveEngine(Protocol):
    """Transcribes live streams in this process."""

    @abstractmethod
    async def open(self, request: LiveRequest) -> LiveStream:
        """
        Raises:
            EngineBusy: The engine is at capacity.
            EngineUnavailable: The engine cannot be reached.
            EngineRefused: The engine refused the request.
        """


class FrameReceiver(Protocol):
    """
    Receives the bytes and events of one connection.

    The event loop calls it directly, so the methods have the names of `asyncio.Protocol`.
    """

    @abstractmethod
    def data_received(self, data: bytes) -> None:
        """Receives bytes; chunks may be split at any byte."""

    @abstractmethod
    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is closed. Called exactly once, whichever side closed it."""

    @abstractmethod
    def eof_received(self) -> bool | None:
        """The peer has ended its half; `connection_lost` follows unless this returns true."""

    @abstractmethod
    def pause_writing(self) -> None:
        """The write buffer is full: stop writing."""

    @abstractmethod
    def resume_writing(self) -> None:
        """The write buffer has drained: continue writing."""


class FrameConnection(Protocol):
    """
    A live stream on an engine that speaks the public protocol, as WebSocket frames in bytes.

    Frames with audio are forwarded to any such engine unchanged.
    """

    @property
    @abstractmethod
    def is_ours(self) -> bool:
        """Whether the engine's frames equal Aldea's, so that they may be forwarded unchanged."""

    @abstractmethod
    async def is_well(self) -> bool:
        """Whether the engine's health check, on a separate connection, succeeds."""

    @abstractmethod
    def attach(self, receiver: FrameReceiver) -> None:
        """
        Delivers events to *receiver* from now on; events that were buffered
        are delivered at once.
        """

    @property
    @abstractmethod
    def direct(self) -> Callable[[bytes], None]:
        """
        The transport's `write`, without checks; callers must know that the
        connection is open.
        """

    @abstractmethod
    def write(self, data: bytes) -> None:
        """
        Sends frames. If the connection is lost, they are dropped and
        `connection_lost` follows.
        """

    @property
    @abstractmethod
    def unsent(self) -> int:
        """Bytes that were written and wait for the engine to read."""

    @abstractmethod
    def hold(self, *, held: bool) -> None:
        """Pauses reading from the engine (*held*), or resumes it."""

    @abstractmethod
    def abort(self, *, failed: bool = False) -> None:
        """
        Closes the connection at once. Safe to call twice.

        Args:
            failed: Whether the engine is at fault; a circuit breaker may count this.
        """


class FrameEngine(Protocol):
    """An engine behind a socket that speaks the public protocol."""

    @abstractmethod
    async def open_frames(self, request: LiveRequest) -> FrameConnection:
        """
        Raises:
            EngineBusy: The engine is at capacity.
            EngineUnavailable: The engine cannot be reached.
            EngineRefused: The engine refused the request.
        """
