"""Real recordings as live streams."""

import asyncio
import os
import random
import resource
import signal
import time

import numpy as np
import psutil
import pytest
import structlog

from tests.servers.speech import (
    SAMPLES,
    Transcriber,
    cut,
    encoded,
    finals,
    pcm_of,
    said,
    samples_of,
    text_of,
)
from tests.servers.words import word_error_rate

from adapters.memory.clock import ManualClock
from adapters.pocketsphinx.engine import pocketsphinx_engine
from aldea_core.domain.errors import EngineBusy, EngineLost, UndecodableAudio
from aldea_core.domain.ids import SessionId
from aldea_core.domain.transcripts.audio import Encoding, RawFormat
from aldea_core.domain.transcripts.options import LiveOptions, LiveRequest
from aldea_core.domain.transcripts.transcripts import Result, SpeechStarted, Summary, UtteranceEnd


pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]

STORY = pcm_of("story")


def timed(events) -> list[tuple]:
    return [
        (round(r.start, 3), round(r.duration, 3), r.alternative.transcript) for r in finals(events)
    ]


async def test_finals_equal_the_file_transcript(transcriber):
    """
    A long recording with pauses has the same words live and as a file.
    """
    file, live = await asyncio.gather(
        transcriber.file((SAMPLES / "story.wav").read_bytes()),
        transcriber.live(cut(STORY, 3200), interim_results=False),
    )

    assert said(live) == file["text"]
    assert word_error_rate(text_of("story"), said(live)) <= 0.1


@pytest.mark.parametrize("seed", range(3))
async def test_finals_do_not_depend_on_frame_sizes(transcriber, seed):
    """
    Also if a frame ends within a sample.
    """
    audio, rng = STORY[: 32_000 * 12], random.Random(seed)
    chunks, at = [], 0
    while at < len(audio):
        size = rng.choice([1, 7, 641, 3200, 40_001])
        chunks.append(audio[at : at + size])
        at += size

    odd, even = await asyncio.gather(
        transcriber.live(chunks, interim_results=False),
        transcriber.live(cut(audio, 3200), interim_results=False),
    )

    assert timed(odd) == timed(even)


async def test_finals_depend_only_on_audio_since_the_last_final(transcriber):
    """
    Another engine, given the audio since any final, gives the same results.
    """
    audio = STORY[: 32_000 * 15]
    undisturbed = timed(await transcriber.live(cut(audio, 3200), interim_results=False))
    start, duration, _ = undisturbed[1]
    begin = round((start + duration) * 16_000) * 2

    resumed = timed(await transcriber.live(cut(audio[begin:], 3200), interim_results=False))

    shifted = [(round(at + start + duration, 3), length, text) for at, length, text in resumed]
    assert [text for _, _, text in shifted] == [text for _, _, text in undisturbed[2:]]
    assert [at for at, _, _ in shifted] == pytest.approx([at for at, _, _ in undisturbed[2:]])


async def test_spans_tile_the_audio_and_words_lie_within(transcriber):
    """
    Finals follow one another without gap or overlap, from start to end.
    """
    events = await transcriber.live(cut(STORY[: 32_000 * 20], 3200), interim_results=False)

    at = 0.0
    for result in finals(events):
        assert result.start == pytest.approx(at, abs=1e-6)
        at = result.end
        times = [t for word in result.alternative.words for t in (word.start, word.end)]
        assert times == sorted(times)
        assert all(result.start - 1e-6 <= time <= result.end + 1e-6 for time in times)
    assert at == pytest.approx(20.0)
    assert isinstance(events[-1], Summary)
    assert events[-1].duration == pytest.approx(20.0)


async def test_interims_come_about_once_a_second(transcriber):
    """
    They revise the span of the next final.
    """
    events = await transcriber.live(cut(STORY[: 32_000 * 10], 3200))
    interims = [event for event in events if isinstance(event, Result) and not event.is_final]

    assert 4 <= len(interims) <= 20
    assert any(interim.alternative.transcript for interim in interims)


async def test_endpointing_off_gives_one_final(transcriber):
    """
    One final, at the end.
    """
    events = await transcriber.live(
        cut(STORY[: 32_000 * 8], 3200), endpointing_ms=None, interim_results=False
    )

    assert len(finals(events)) == 1


async def test_finalize_makes_earlier_audio_final(transcriber):
    """
    At once.
    """
    chunks = cut(pcm_of("hello"), 3200)
    events = await transcriber.live(chunks, finalize_after=9, endpointing_ms=None)
    (answer,) = [result for result in finals(events) if result.from_finalize]

    assert answer.end == pytest.approx(1.0)


@pytest.mark.parametrize(("asked", "answered"), [(0, 0), (1, 1), (7, 1)])
async def test_finalize_of_one_channel(transcriber, asked, answered):
    """
    The other channel goes on; an index out of range means the last channel.
    """
    both = np.repeat(samples_of("hello"), 2).tobytes()
    events = await transcriber.live(
        cut(both, 6400),
        finalize_after=9,
        finalize_channel=asked,
        raw=RawFormat(Encoding.LINEAR16, 16_000, 2),
        multichannel=True,
        endpointing_ms=None,
    )

    assert [r.channel for r in finals(events) if r.from_finalize] == [answered]
    for channel in range(2):
        ends = [round(r.end, 2) for r in finals(events) if r.channel == channel]
        assert len(ends) == (2 if channel == answered else 1)


async def test_silence_gives_an_empty_interim_a_second(transcriber):
    """
    Then an empty final: clients read the time from them.
    """
    events = await transcriber.live([bytes(32_000)] * 7)
    silent = await transcriber.live([bytes(32_000)] * 7, interim_results=False)

    assert all(not result.alternative.transcript for result in events if isinstance(result, Result))
    interims = [round(r.end) for r in events if isinstance(r, Result) and not r.is_final]
    assert interims == [1, 2, 3, 4, 6]
    assert [r.is_final for r in silent if isinstance(r, Result)] == [True, True]


async def test_speech_started_and_utterance_end(transcriber):
    """
    UtteranceEnd comes after the requested gap.
    """
    audio = bytes(32_000) + pcm_of("hello") + bytes(32_000 * 3)
    events = await transcriber.live(cut(audio, 3200), vad_events=True, utterance_end_ms=1000)

    (started,) = [event for event in events if isinstance(event, SpeechStarted)]
    ends = [event for event in events if isinstance(event, UtteranceEnd)]
    words = [word for result in finals(events) for word in result.alternative.words]
    assert 0.7 < started.timestamp <= words[0].start + 0.3
    assert len(ends) == 1
    assert ends[0].last_word_end == pytest.approx(words[-1].end, abs=0.3)


@pytest.mark.parametrize("ending", ["mp3", "aac", "flac", "wav", "ogg", "webm", "opus"])
async def test_containers_are_detected_and_decoded(transcriber, ending):
    """
    Incrementally, with the same words.
    """
    data = (SAMPLES / f"hello.{ending}").read_bytes()
    events = await transcriber.live(cut(data, 1000), raw=None)

    assert word_error_rate(text_of("hello"), said(events)) <= 0.25


async def test_m4a_with_index_at_the_end(transcriber):
    """
    A small file is transcribed at its end; a larger one is refused with advice.
    """
    small = encoded("ipod", "aac", samples_of("hello"))
    noise = np.random.default_rng(1).integers(-20_000, 20_000, 16_000 * 200, np.int16)
    large = encoded("ipod", "alac", noise)

    again = await transcriber.live(cut(small, 1000), raw=None)
    assert word_error_rate(text_of("hello"), said(again)) <= 0.25
    with pytest.raises(UndecodableAudio, match="4 MB"):
        await transcriber.live(cut(large, 10_000), raw=None)


async def test_hours_of_silence_use_bounded_memory(transcriber):
    """
    Decoding is no faster than recognition.
    """
    data = encoded("flac", "flac", np.zeros(900 * 16_000, np.int16))
    before = sum(psutil.Process(pid).memory_info().rss for pid in transcriber.engine.pids)
    events = await transcriber.live(cut(data, 10_000), raw=None, interim_results=False)
    after = sum(psutil.Process(pid).memory_info().rss for pid in transcriber.engine.pids)

    assert len(data) < 900 * 32_000 / 50
    assert events[-1].duration == pytest.approx(900, abs=1)
    assert after - before < 20 * 2**20


async def test_each_channel_has_its_results(transcriber):
    """
    One Results for each.
    """
    left = samples_of("hello")
    both = np.stack([left, np.zeros_like(left)], axis=1).tobytes()
    events = await transcriber.live(
        cut(both, 6400), raw=RawFormat(Encoding.LINEAR16, 16_000, 2), multichannel=True
    )

    assert {(result.channel, result.channels) for result in finals(events)} == {(0, 2), (1, 2)}
    assert all(not r.alternative.transcript for r in finals(events) if r.channel == 1)
    assert events[-1].channels == 2


@pytest.mark.parametrize("junk", [b"\xff" * 5000, b"GIF89a" + bytes(5000)])
async def test_unknown_container_is_an_error(transcriber, junk):
    with pytest.raises(UndecodableAudio):
        await transcriber.live([junk, junk], raw=None)


async def test_streams_do_not_block_each_other(transcriber):
    """
    Eight streams at once; none occupies the event loop for long.
    """
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        while True:
            before = time.thread_time()  # ours alone, however busy the machine is
            await asyncio.sleep(0.01)
            longest = max(longest, time.thread_time() - before)

    watching = asyncio.create_task(watch())
    streams = [
        transcriber.live(cut(pcm_of("hello"), 3200), interim_results=False) for _ in range(8)
    ]
    all_events = await asyncio.gather(*streams)
    watching.cancel()

    assert len({said(events) for events in all_events}) == 1
    assert longest < 0.25


async def test_full_engine_refuses_until_a_stream_ends():
    engine = pocketsphinx_engine(workers=1, capacity=1, max_file_seconds=9, clock=ManualClock())
    await engine.start()
    request = LiveRequest(SessionId("s"), LiveOptions(raw=RawFormat()))
    try:
        stream = await engine.open(request)
        with pytest.raises(EngineBusy):
            await engine.open(request)
        await stream.abort()
        await (await engine.open(request)).abort()
        assert engine.load() == (0, 1)
    finally:
        await engine.close()


async def test_dead_worker_loses_its_streams_only():
    """
    At once; it is replaced.
    """
    engine = pocketsphinx_engine(workers=2, capacity=8, max_file_seconds=9, clock=ManualClock())
    await engine.start()
    try:
        request = LiveRequest(SessionId("s"), LiveOptions(raw=RawFormat()))
        streams = [await engine.open(request) for _ in range(2)]
        victim = engine.pids[0]
        os.kill(victim, signal.SIGKILL)
        lost, goes_on = streams
        with pytest.raises(EngineLost):
            while True:
                await asyncio.wait_for(lost.receive(), 60)
        await goes_on.send(pcm_of("hello"))
        await goes_on.finish()
        events = []
        while (event := await asyncio.wait_for(goes_on.receive(), 60)) is not None:
            events.append(event)
        assert said(events)
        for stream in streams:
            await stream.abort()
        while len(engine.pids) < 2 or victim in engine.pids:
            await asyncio.sleep(0.05)
        again = await Transcriber(engine).live(cut(pcm_of("hello"), 3200))
        assert said(again) == said(events)
    finally:
        await engine.close()


async def test_worker_that_cannot_decode_files_any_more_is_replaced():
    """
    It refused every file as one that cannot be processed, for ever.
    """
    engine = pocketsphinx_engine(workers=1, capacity=1, max_file_seconds=9, clock=ManualClock())
    await engine.start()
    try:
        (worker,) = engine.pids
        (sandbox,) = psutil.Process(worker).children()
        sandbox.kill()
        async with asyncio.timeout(60):
            while engine.pids in ([], [worker]):
                await asyncio.sleep(0.05)
        assert (await Transcriber(engine).file((SAMPLES / "hello.wav").read_bytes()))["text"]
    finally:
        await engine.close()


async def test_worker_start_is_retried():
    """
    When the machine has too little memory or processes.
    """
    engine = pocketsphinx_engine(workers=1, capacity=1, max_file_seconds=9, clock=ManualClock())
    await engine.start()
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        with structlog.testing.capture_logs() as logs:
            resource.setrlimit(resource.RLIMIT_NOFILE, (0, limits[1]))
            os.kill(engine.pids[0], signal.SIGKILL)
            async with asyncio.timeout(60):
                while "speech worker does not start" not in {line["event"] for line in logs}:
                    await asyncio.sleep(0.05)
                resource.setrlimit(resource.RLIMIT_NOFILE, limits)
                while not engine.pids:
                    await asyncio.sleep(0.05)
        assert said(await Transcriber(engine).live(cut(pcm_of("hello"), 3200)))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        await engine.close()
