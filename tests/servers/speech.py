"""Engines for tests: real recordings, and short helpers to transcribe them."""

import asyncio
import contextlib
import io
import json
import wave

from collections.abc import AsyncIterator

import attrs
import av
import numpy as np

from tests.servers.up import ROOT

from adapters.speech.engine import SpeechEngine
from aldea_core.domain.errors import EngineLost
from aldea_core.domain.ids import SessionId
from aldea_core.domain.transcripts.audio import Encoding, RawFormat
from aldea_core.domain.transcripts.options import FileOptions, FileRequest, LiveOptions, LiveRequest
from aldea_core.domain.transcripts.transcripts import LiveEvent, Result


SAMPLES = ROOT / "samples"
SESSION = SessionId("5f0c3c5e-0000-4000-8000-000000000000")


def text_of(name: str) -> str:
    return (SAMPLES / f"{name}.txt").read_text()


def pcm_of(name: str) -> bytes:
    """A sample as 16 kHz mono linear16."""
    with wave.open(str(SAMPLES / f"{name}.wav")) as file:
        assert (file.getframerate(), file.getnchannels()) == (16_000, 1)
        return file.readframes(file.getnframes())


def samples_of(name: str) -> np.ndarray:
    return np.frombuffer(pcm_of(name), np.int16)


async def whole(audio: bytes, size: int = 65_536) -> AsyncIterator[bytes]:
    for n in range(0, len(audio), size):
        yield audio[n : n + size]


@attrs.frozen
class Transcriber:
    """The engine, with short words for what tests ask of it."""

    engine: SpeechEngine

    async def file(self, audio: bytes, **options) -> dict:
        request = FileRequest(SESSION, FileOptions(**options))
        return json.loads((await self.engine.transcribe(request, whole(audio))).body)

    async def live(
        self,
        chunks,
        *,
        finalize_after: int | None = None,
        finalize_channel: int | None = None,
        **options,
    ):
        """All events of a stream of *chunks*."""
        options.setdefault("raw", RawFormat(Encoding.LINEAR16))
        stream = await self.engine.open(LiveRequest(SESSION, LiveOptions(**options)))
        events: list[LiveEvent] = []

        async def receive() -> None:
            while (event := await stream.receive()) is not None:
                events.append(event)

        receiving = asyncio.create_task(receive())
        try:
            with contextlib.suppress(EngineLost):  # the receiver gets the error
                for n, chunk in enumerate(chunks):
                    await stream.send(chunk)
                    if n == finalize_after:
                        await stream.finalize(finalize_channel)
                await stream.finish()
            await receiving
        finally:
            receiving.cancel()
            await stream.abort()
        return events

    async def spoken(self, audio: bytes, **options) -> list[Result]:
        """
        The results of a stream whose client waits for those of the audio before, so that there are
        interim results however busy the machine is. The newest may be a second old, and one more is
        as long as the pause that ends an utterance.
        """
        live = LiveOptions(raw=RawFormat(Encoding.LINEAR16), **options)
        stream = await self.engine.open(LiveRequest(SESSION, live))
        results: list[Result] = []
        try:
            for n, chunk in enumerate(cut(audio, 3200)):
                await stream.send(chunk)
                while (results[-1].end if results else 0.0) < n / 10 - 1.5:
                    results.append(await stream.receive())
            await stream.finish()
            while isinstance(event := await stream.receive(), Result):
                results.append(event)
        finally:
            await stream.abort()
        return results


def finals(events) -> list[Result]:
    return [event for event in events if isinstance(event, Result) and event.is_final]


def said(events) -> str:
    texts = [result.alternative.transcript for result in finals(events)]
    return " ".join(text for text in texts if text)


def cut(audio: bytes, size: int) -> list[bytes]:
    return [audio[n : n + size] for n in range(0, len(audio), size)]


def encoded(
    container: str,
    codec: str,
    samples: np.ndarray,
    *,
    rate: int = 16_000,
    layout: str = "mono",
    **options: str,
) -> bytes:
    """*samples* at *rate* in a container, the same in each channel."""
    channels = av.AudioLayout(layout).nb_channels
    file = io.BytesIO()
    with av.open(file, "w", format=container, options=options) as out:
        stream = out.add_stream(codec, rate=rate, layout=layout)
        for n in range(0, len(samples), 16_000):
            some = np.repeat(samples[n : n + 16_000], channels)[None]
            frame = av.AudioFrame.from_ndarray(some, "s16", layout)
            frame.rate, frame.pts = rate, n
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return file.getvalue()
