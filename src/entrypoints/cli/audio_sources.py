"""Audio sources of `aldea listen`: a file in real time, standard input, or a microphone."""

import asyncio
import wave

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import attrs

from entrypoints.cli.errors import CommandError
from entrypoints.cli.stdin import refuse_terminal, standard_input


_CHUNK_SECONDS = 0.1
_PIPED_BYTES = 8192
_USUAL_BYTES_A_SECOND = 16_000  # of compressed speech and music: 128 kbit/s
_MICROPHONE_RATE = 16_000
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
        while chunk := file.readframes(max(1, round(file.getframerate() * _CHUNK_SECONDS))):
            yield chunk
            if paced:
                due += _CHUNK_SECONDS
                await asyncio.sleep(max(0.0, due - loop.time()))


async def _container(path: Path, *, paced: bool) -> AsyncIterator[bytes]:
    """In real time on average: parts of a file may hold more audio than others."""
    size = _bytes_a_second(path) * _CHUNK_SECONDS if paced else _PIPED_BYTES
    with path.open("rb") as file:
        while chunk := file.read(max(1, round(size))):
            yield chunk
            if paced:
                await asyncio.sleep(_CHUNK_SECONDS)


def _bytes_a_second(path: Path) -> float:
    from entrypoints.factories.recordings import duration_of

    with path.open("rb") as file:
        seconds = duration_of(file)
    return path.stat().st_size / seconds if seconds else _USUAL_BYTES_A_SECOND


def piped() -> AudioSource:
    """
    Standard input, unchanged and as it comes: whatever records it sets the pace.

    Raises:
        CommandError: Standard input is a terminal.
    """
    refuse_terminal()
    return AudioSource([], lambda: standard_input(_PIPED_BYTES))


def microphone() -> AudioSource:
    """
    The default microphone, at 16 kHz if it has that rate.

    Raises:
        CommandError: There is no microphone, or the extra is not installed.
    """
    try:
        import sounddevice
    except ImportError:
        raise CommandError(
            "the microphone needs the extra `mic`: pip install 'aldea[mic]'"
        ) from None
    except OSError:
        raise CommandError(
            "the microphone needs PortAudio, which is not installed (Debian: apt install libportaudio2)"
        ) from None
    try:
        rate = _microphone_rate(sounddevice)
    except (sounddevice.PortAudioError, ValueError) as error:
        raise _no_microphone(error) from None

    async def chunks() -> AsyncIterator[bytes]:
        loop = asyncio.get_running_loop()
        recorded: asyncio.Queue[bytes] = asyncio.Queue()

        # PortAudio's thread calls these. What they return would be taken for C's.
        def take(data: bytes, *_: object) -> None:
            loop.call_soon_threadsafe(recorded.put_nowait, bytes(data))

        def end() -> None:
            loop.call_soon_threadsafe(recorded.put_nowait, b"")

        try:
            stream = sounddevice.RawInputStream(
                rate,
                round(rate * _CHUNK_SECONDS),
                channels=1,
                dtype="int16",
                callback=take,
                # A microphone that is unplugged ends the audio.
                finished_callback=end,
            )
        except sounddevice.PortAudioError as error:
            raise _no_microphone(error) from None
        with stream:
            while chunk := await recorded.get():
                yield chunk

    return AudioSource([("encoding", "linear16"), ("sample_rate", str(rate))], chunks)


def _microphone_rate(sounddevice: Any) -> int:
    """16 kHz, or else the microphone's own rate: not all systems resample."""
    try:
        sounddevice.check_input_settings(channels=1, dtype="int16", samplerate=_MICROPHONE_RATE)
    except sounddevice.PortAudioError:
        device = sounddevice.query_devices(kind="input")
        return round(float(device["default_samplerate"]))
    return _MICROPHONE_RATE


def _no_microphone(error: Exception) -> CommandError:
    return CommandError(f"there is no microphone to listen to ({error})")
