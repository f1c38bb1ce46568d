"""
The ears: what turns audio into text.

Files and live streams are two needs; an engine may serve one or both.
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
    A file's transcript as the public protocol has it.

    Attributes:
        body: The whole JSON answer, encoded, ready to be sent.
        audio_ms: Milliseconds of audio the engine measured.
        channels: How many were listened to, each for itself.
        model: The name of the model that listened, as the engine says; empty if it does not.
    """

    body: bytes = attrs.field(repr=False)
    audio_ms: int
    channels: int = 1
    model: str = ""


class FileEngine(Protocol):
    """
    Transcribes whole files.

    - The body is read as it comes and at most once; it is not held in memory as a whole
      unless the format cannot be read otherwise.
    - Cancelling the call frees whatever the engine held for it.
    """

    @abstractmethod
    async def transcribe(self, request: FileRequest, body: AsyncIterator[bytes]) -> FileAnswer:
        """
        Raises:
            EngineBusy: It is full; nothing of *body* was read.
            EngineUnavailable: It cannot be reached, or was lost.
            EngineTooSlow: It had its time.
            EngineRefused: It said no.
            UndecodableAudio: The audio cannot be read.
            EmptyAudio: There is none.
            TooLarge: The audio is longer than the engine takes.
        """
        ...


class LiveStream(Protocol):
    """
    One open live stream.

    - What the engine says depends only on the audio since its last final result, so that
      another engine, given that audio again, says the same.
    - Events come in the order of the audio; a `Summary` is the last one.
    """

    @property
    @abstractmethod
    def model(self) -> Model:
        """The model that listens, as far as it is known yet."""
        ...

    @abstractmethod
    async def send(self, audio: bytes) -> None:
        """
        Hands over audio, waiting while the engine is behind.

        Raises:
            EngineLost: The stream is gone.
        """
        ...

    @abstractmethod
    async def finalize(self, channel: int | None = None) -> None:
        """
        Asks for a final result of all audio sent so far; one with `from_finalize` always follows.

        Args:
            channel: Of this channel only, or None for each of them.
        """
        ...

    @abstractmethod
    async def configure(self, options: LiveOptions) -> None:
        """Listens as *listening* says from here on."""
        ...

    @abstractmethod
    async def finish(self) -> None:
        """Says that no more audio comes: the remaining finals and the `Summary` follow."""
        ...

    @abstractmethod
    async def receive(self) -> LiveEvent | None:
        """
        The next event, or None after the `Summary`.

        Raises:
            EngineLost: The engine went away.
            UndecodableAudio: The audio cannot be read.
        """
        ...

    @abstractmethod
    async def abort(self) -> None:
        """Drops the stream at once; may be called twice, and after its end."""
        ...


class LiveEngine(Protocol):
    """Listens to live streams in this process."""

    @abstractmethod
    async def open(self, request: LiveRequest) -> LiveStream:
        """
        Raises:
            EngineBusy: It is full.
            EngineUnavailable: It cannot be reached.
            EngineRefused: It said no.
        """
        ...


class FrameReceiver(Protocol):
    """
    Whoever is at this end of a wire.

    The event loop itself calls it, without anybody in between, so its methods have the names that
    asyncio gives them.
    """

    @abstractmethod
    def data_received(self, data: bytes) -> None:
        """Bytes came, cut anywhere."""
        ...

    @abstractmethod
    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone; said once, whoever ended it."""
        ...

    @abstractmethod
    def eof_received(self) -> bool | None:
        """The other side writes nothing more: `connection_lost` follows, unless this is true."""
        ...

    @abstractmethod
    def pause_writing(self) -> None:
        """Hold back what would be written."""
        ...

    @abstractmethod
    def resume_writing(self) -> None:
        """Go on writing."""
        ...


class FrameConnection(Protocol):
    """
    A live stream on an engine that speaks the public protocol, as WebSocket frames in bytes.

    Audio goes to any of them as it came.
    """

    @property
    @abstractmethod
    def is_ours(self) -> bool:
        """Whether the engine writes just what we would, so that clients may be sent it as it is."""
        ...

    @abstractmethod
    async def is_well(self) -> bool:
        """Whether the engine, asked apart from this stream, says that it is well."""
        ...

    @abstractmethod
    def attach(self, receiver: FrameReceiver) -> None:
        """From now on *receiver* is told; what came before is told at once."""
        ...

    @property
    @abstractmethod
    def direct(self) -> Callable[[bytes], None]:
        """The connection's own way to write, for whoever knows that it has not been lost."""
        ...

    @abstractmethod
    def write(self, data: bytes) -> None:
        """Sends frames; what cannot be sent is lost, and `connection_lost` follows."""
        ...

    @abstractmethod
    def hold(self, *, held: bool) -> None:
        """Stops reading from the engine, or goes on."""
        ...

    @abstractmethod
    def abort(self, *, failed: bool = False) -> None:
        """
        Drops the connection at once; may be called twice.

        Args:
            failed: Whether it is the engine's fault.
        """
        ...


class FrameEngine(Protocol):
    """An engine behind a socket."""

    @abstractmethod
    async def open_frames(self, request: LiveRequest) -> FrameConnection:
        """
        Raises:
            EngineBusy: It is full.
            EngineUnavailable: It cannot be reached.
            EngineRefused: It said no.
        """
        ...
