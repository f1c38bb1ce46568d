"""Audio sources of `aldea listen`: a file in real time, or a microphone."""

import asyncio
import wave

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import attrs

from entrypoints.cli.errors import CommandError


_SECONDS = 0.1
_WIDTHS = {2: "linear16"}


@attrs.frozen
class AudioSource:
    """
    Chunks of audio.

    Attributes:
        query: Query parameters that describe the audio.
    """

    query: list[tuple[str, str]]
    chunks: Callable[[], AsyncIterator[bytes]]


def file_source(path: Path, *, paced: bool) -> AudioSource:
    """A file: WAV as raw samples, anything else unchanged."""
    try:
        with wave.open(str(path)) as file:
            encoding = _WIDTHS.get(file.getsampwidth())
            rate, channels = file.getframerate(), file.getnchannels()
    except (wave.Error, EOFError):
        encoding, rate, channels = None, 0, 0
    if encoding is None:
        return AudioSource([], lambda: _container(path, paced=paced))
    query = [("encoding", encoding), ("sample_rate", str(rate)), ("channels", str(channels))]
    return AudioSource(query, lambda: _samples(path, paced=paced))


async def _samples(path: Path, *, paced: bool) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    due = loop.time()
    with wave.open(str(path)) as file:
        while chunk := file.readframes(max(1, round(file.getframerate() * _SECONDS))):
            yield chunk
            if paced:
                due += _SECONDS
                await asyncio.sleep(max(0.0, due - loop.time()))


async def _container(path: Path, *, paced: bool) -> AsyncIterator[bytes]:
    """About real time at usual bit rates: only a decoder would know the exact pace."""
    with path.open("rb") as file:
        while chunk := file.read(1600):
            yield chunk
            if paced:
                await asyncio.sleep(_SECONDS)


def microphone() -> AudioSource:
    """
    The default microphone at 16 kHz.

    Raises:
        CommandError: There is no microphone, or the extra is not installed.
    """
    try:
        import sounddevice
    except (ImportError, OSError):
        raise CommandError(
            "the microphone needs the extra `mic` and PortAudio: pip install 'aldea[mic]'",
        ) from None

    async def chunks() -> AsyncIterator[bytes]:
        loop = asyncio.get_running_loop()
        recorded: asyncio.Queue[bytes] = asyncio.Queue()

        def take(data: bytes, *_: object) -> None:
            loop.call_soon_threadsafe(recorded.put_nowait, bytes(data))

        try:
            stream = sounddevice.RawInputStream(
                16_000, 1600, channels=1, dtype="int16", callback=take
            )
        except sounddevice.PortAudioError as error:
            raise CommandError(f"there is no microphone to listen to ({error})") from None
        with stream:
            while True:
                yield await recorded.get()

    return AudioSource([("encoding", "linear16"), ("sample_rate", "16000")], chunks)
