"""
What every `FileEngine`, of which some are a `RemoteFileEngine`, and every `LiveEngine` with its
`LiveStream` promise.
"""

import asyncio
import json

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest

from aldea_core.domain.errors import EmptyAudio, EngineBusy, EngineLost, UndecodableAudio
from aldea_core.domain.ids import SessionId
from aldea_core.domain.transcripts.audio import Encoding, RawFormat
from aldea_core.domain.transcripts.options import FileOptions, FileRequest, LiveOptions, LiveRequest
from aldea_core.domain.transcripts.transcripts import Result, Summary


SESSION = SessionId("5f0c3c5e-0000-4000-8000-000000000000")
RAW = RawFormat(Encoding.LINEAR16, 16_000)
UNDECODABLE = b"noise" * 1000
LIMIT_SECONDS = 60


async def pieces(body: bytes, size: int = 8_000) -> AsyncIterator[bytes]:
    for begin in range(0, len(body), size):
        yield body[begin : begin + size]


class FileEngineContract:
    """
    Subclasses give the fixtures `engine`, which takes one file at once, and `audio`: a WAV file with
    a word at least.
    """

    def transcribe(self, engine, body: AsyncIterator[bytes]):
        return engine.transcribe(FileRequest(SESSION, FileOptions()), body)

    async def text_of(self, engine, body: AsyncIterator[bytes]) -> str:
        answer = await self.transcribe(engine, body)
        (channel,) = json.loads(answer.body)["results"]["channels"]
        return channel["alternatives"][0]["transcript"]

    @asynccontextmanager
    async def transcribing(self, engine, audio):
        """While a file is transcribed whose body does not end."""
        begun, end = asyncio.Event(), asyncio.Event()

        async def body():
            yield audio
            begun.set()
            await end.wait()

        running = asyncio.create_task(self.text_of(engine, body()))
        try:
            await asyncio.wait(
                {running, asyncio.create_task(begun.wait())}, return_when="FIRST_COMPLETED"
            )
            yield
        finally:
            end.set()
            await asyncio.wait({running}, timeout=LIMIT_SECONDS)

    async def test_answer_is_a_transcript_of_the_public_protocol(self, engine, audio):
        """
        With what the audio measures.
        """
        answer = await self.transcribe(engine, pieces(audio))
        said = json.loads(answer.body)

        assert said["metadata"]["request_id"] == SESSION
        assert len(said["results"]["channels"]) == answer.channels == 1
        assert said["results"]["channels"][0]["alternatives"][0]["words"]
        assert answer.audio_ms == round(said["metadata"]["duration"] * 1000) > 0

    async def test_text_does_not_depend_on_how_the_body_is_cut(self, engine, audio):
        texts = {await self.text_of(engine, pieces(audio, size)) for size in (999, 2**20)}

        assert len(texts) == 1
        assert texts.pop()

    async def test_body_without_audio_is_refused(self, engine):
        with pytest.raises(EmptyAudio):
            await self.transcribe(engine, pieces(b""))

    async def test_undecodable_body_is_refused(self, engine):
        with pytest.raises(UndecodableAudio):
            await self.transcribe(engine, pieces(UNDECODABLE))

    async def test_file_beyond_the_capacity_is_refused(self, engine, audio):
        """
        Until the other one has ended.
        """
        async with asyncio.timeout(LIMIT_SECONDS):
            async with self.transcribing(engine, audio):
                with pytest.raises(EngineBusy):
                    while True:  # an engine elsewhere may not have begun yet
                        await self.text_of(engine, pieces(audio))
            assert await self.text_of(engine, pieces(audio))

    async def test_cancelled_file_frees_its_place(self, engine, audio):
        async with asyncio.timeout(LIMIT_SECONDS):
            begun = asyncio.Event()

            async def body():
                yield audio
                begun.set()
                await asyncio.Event().wait()

            running = asyncio.create_task(self.transcribe(engine, body()))
            await begun.wait()
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running
            while True:  # an engine elsewhere notices the end of the connection
                try:
                    assert await self.text_of(engine, pieces(audio))
                    return
                except EngineBusy:
                    await asyncio.sleep(0.05)


class LiveEngineContract:
    """
    Subclasses give the fixtures `engine`, which takes one stream at once, and `audio`: linear16 of
    16 kHz, with a word at least.
    """

    async def open(self, engine, **options):
        return await engine.open(LiveRequest(SESSION, LiveOptions(raw=RAW, **options)))

    async def events_of(self, stream) -> list:
        async with asyncio.timeout(LIMIT_SECONDS):
            events = []
            while (event := await stream.receive()) is not None:
                events.append(event)
            return events

    async def recognised(self, engine, audio: bytes, **options) -> list:
        """The events of a stream of *audio*."""
        stream = await self.open(engine, **options)
        try:
            async for piece in pieces(audio):
                await stream.send(piece)
            await stream.finish()
            return await self.events_of(stream)
        finally:
            await stream.abort()

    async def test_final_results_cover_the_audio_in_its_order(self, engine, audio):
        """
        Each second once; the summary is the last event.
        """
        *events, summary = await self.recognised(engine, audio)
        finals = [event for event in events if isinstance(event, Result) and event.is_final]

        assert isinstance(summary, Summary)
        assert summary.duration == pytest.approx(RAW.seconds(len(audio)), abs=0.01)
        assert finals[0].start == 0
        assert finals[-1].end == pytest.approx(summary.duration, abs=0.01)
        for one, following in pairwise(finals):
            assert following.start == pytest.approx(one.end, abs=0.001)
        assert any(event.alternative.words for event in finals)

    async def test_the_same_audio_gives_the_same_final_results(self, engine, audio):
        """
        So that another engine may go on where one was lost; whether there are interim ones or not.
        """
        events = [
            await self.recognised(engine, audio, interim_results=interims)
            for interims in (False, False, True)
        ]
        one, *others = [
            [event for event in each if isinstance(event, Result) and event.is_final]
            for each in events
        ]

        assert others == [one, one]
        assert all(event.is_final for event in events[0] if isinstance(event, Result))

    async def test_finalize_is_answered(self, engine, audio):
        """
        Also without audio; the results after it go on where it was.
        """
        stream = await self.open(engine)
        await stream.finalize()
        for piece in (audio, audio):
            await stream.send(piece)
            await stream.finalize()
        await stream.finish()
        events = await self.events_of(stream)
        await stream.abort()

        answers = [event for event in events if isinstance(event, Result) and event.from_finalize]
        ends = [RAW.seconds(n * len(audio)) for n in range(3)]
        assert [answer.end for answer in answers] == pytest.approx(ends, abs=0.01)
        assert all(answer.is_final for answer in answers)

    async def test_stream_beyond_the_capacity_is_refused(self, engine, audio):
        """
        Until the other one is aborted, which may happen twice.
        """
        first = await self.open(engine)
        with pytest.raises(EngineBusy):
            await self.open(engine)
        await first.abort()
        await first.abort()

        assert await self.recognised(engine, audio)

    async def test_waiting_for_an_aborted_stream_ends(self, engine, audio):
        """
        With an error, so that the stream moves.
        """
        stream = await self.open(engine)
        receiving = asyncio.create_task(stream.receive())
        await asyncio.sleep(0)
        await stream.abort()
        async with asyncio.timeout(LIMIT_SECONDS):
            with pytest.raises(EngineLost):
                await receiving

    async def test_undecodable_audio_ends_a_stream(self, engine):
        stream = await engine.open(LiveRequest(SESSION, LiveOptions()))
        await stream.send(UNDECODABLE)
        await stream.finish()
        with pytest.raises(UndecodableAudio):
            await self.events_of(stream)
        await stream.abort()

    async def test_model_is_known(self, engine, audio):
        stream = await self.open(engine)
        *_, summary = await self.events_from(stream, audio)

        assert stream.model.name == summary.model.name

    async def events_from(self, stream, audio: bytes) -> list:
        await stream.send(audio)
        await stream.finish()
        try:
            return await self.events_of(stream)
        finally:
            await stream.abort()
