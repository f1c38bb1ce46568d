"""Whisper's real weights on people's voices."""

import asyncio
import contextlib

import pytest
import pytest_asyncio

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.servers.recordings import TWO_CITIES, pcm, recording, samples, weights
from tests.servers.speech import Transcriber, cut, finals, said
from tests.servers.words import word_error_rate

from adapters.memory.clock import ManualClock
from adapters.whisper.engine import whisper_engine
from adapters.whisper.interim import bare
from aldea_core.domain.errors import EngineRefused
from aldea_core.domain.transcripts.audio import Encoding, RawFormat
from aldea_core.domain.transcripts.transcripts import Result, Summary


pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]

# Three utterances, and the beginning of a fourth.
SHORT_SECONDS = 9.5


@contextlib.asynccontextmanager
async def an_engine(**options):
    engine = whisper_engine(
        model_dir=str(weights()), capacity=16, max_file_seconds=600, clock=ManualClock(), **options
    )
    await engine.start()
    try:
        yield Transcriber(engine)
    finally:
        await engine.close()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def undisturbed(whisper):
    """Finals of the short recording, decoded alone."""
    events = await whisper.live(
        cut(pcm("two_cities", 0, SHORT_SECONDS), 3200), interim_results=False
    )
    return finals(events)


def timed(results) -> list[tuple]:
    """All that a client sees of final results."""
    return [
        (round(r.start, 3), round(r.duration, 3), r.speech_final, r.alternative) for r in results
    ]


def common_beginning(one: list[str], other: list[str]) -> list[str]:
    return [word for n, word in enumerate(one) if one[: n + 1] == other[: n + 1]]


def moved(results, seconds: float) -> list[tuple]:
    return [
        (
            round(r.start + seconds, 2),
            [(w.word, round(w.start + seconds, 2), w.confidence) for w in r.alternative.words],
        )
        for r in results
    ]


async def test_file_has_the_words(whisper):
    """
    With times in order, within the audio, and a confidence.
    """
    file = await whisper.file(recording("two_cities").read_bytes(), punctuate=True)

    assert word_error_rate(TWO_CITIES, file["text"]) <= 0.05
    words = file["results"]["channels"][0]["alternatives"][0]["words"]
    times = [time for word in words for time in (word["start"], word["end"])]
    assert times == sorted(times)
    assert 0 <= times[0] < times[-1] <= file["metadata"]["duration"]
    assert all(word["end"] - word["start"] >= 0.039 for word in words)
    assert all(0 < word["confidence"] <= 1 for word in words)


async def test_stream_has_the_words_and_finals_tile_the_audio(whisper):
    """
    With interim results meanwhile.
    """
    events = await whisper.live(cut(pcm("two_cities"), 3200))

    assert word_error_rate(TWO_CITIES, said(events)) <= 0.08
    at = 0.0
    for result in finals(events):
        assert result.start == pytest.approx(at, abs=1e-6)
        at = result.end
        times = [t for word in result.alternative.words for t in (word.start, word.end)]
        assert times == sorted(times)
        assert all(result.start - 1e-3 <= time <= result.end + 1e-3 for time in times)
    assert at == pytest.approx(len(samples("two_cities")) / 16_000)
    assert isinstance(events[-1], Summary)
    assert any(isinstance(event, Result) and not event.is_final for event in events)


@settings(
    max_examples=3,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    sizes=st.lists(st.sampled_from([1, 641, 3200, 16_001, 40_000]), min_size=1, max_size=5),
    interims=st.booleans(),
    companions=st.integers(0, 2),
)
async def test_finals_depend_on_nothing_but_the_audio(
    whisper, undisturbed, sizes, interims, companions
):
    """
    Neither on how it is cut into messages, nor on interim results, nor on other streams and files.
    """
    audio = pcm("two_cities", 0, SHORT_SECONDS)
    chunks, at = [], 0
    while at < len(audio):
        # A message of one byte is rare: a stream of nothing else takes long.
        size = sizes[len(chunks) % len(sizes)] if len(chunks) % 50 < 5 else 3200
        chunks.append(audio[at : at + size])
        at += size
    others = [whisper.live(cut(pcm("two_cities", 10 + n, 14 + n), 3200)) for n in range(companions)]
    if companions:
        others.append(whisper.file(recording("beckett").read_bytes()))

    events, *_ = await asyncio.gather(whisper.live(chunks, interim_results=interims), *others)

    assert timed(finals(events)) == timed(undisturbed)


async def test_finals_do_not_depend_on_replicas(undisturbed):
    async with an_engine(replicas=1) as whisper:
        events = await whisper.live(
            cut(pcm("two_cities", 0, SHORT_SECONDS), 3200), interim_results=False
        )

    assert timed(finals(events)) == timed(undisturbed)


async def test_stream_goes_on_elsewhere_from_any_final_with_the_same_words(whisper, undisturbed):
    """
    Another engine gets the audio since that final.
    """
    assert len(undisturbed) >= 4
    for n, last in enumerate(undisturbed[:-1], 1):
        audio = pcm("two_cities", 0, SHORT_SECONDS)[round(last.end * 16_000) * 2 :]
        resumed = finals(await whisper.live(cut(audio, 3200), interim_results=False))

        assert moved(resumed, last.end) == moved(undisturbed[n:], 0)


async def test_file_does_not_depend_on_how_it_is_sent_or_on_other_files(whisper):
    """
    Raw and in a container, alone and beside another.
    """
    audio = pcm("beckett")
    alone = await whisper.file(audio, raw=RawFormat(Encoding.LINEAR16))
    beside, *_ = await asyncio.gather(
        whisper.file(audio, raw=RawFormat(Encoding.LINEAR16)),
        whisper.file(recording("two_cities").read_bytes()),
    )

    assert alone["results"] == beside["results"]
    assert alone["text"]


async def test_streams_do_not_wait_for_files_that_came_before(whisper, undisturbed):
    """
    Two streams end, with the same results, while three long files are still recognised.
    """
    audio = pcm("two_cities") * 5
    raw = RawFormat(Encoding.LINEAR16)
    files = [asyncio.create_task(whisper.file(audio, raw=raw)) for _ in range(3)]
    try:
        async with asyncio.timeout(60):
            while not whisper.engine.measures().get("queued_file"):
                await asyncio.sleep(0.05)
        chunks = cut(pcm("two_cities", 0, SHORT_SECONDS), 3200)
        streams = await asyncio.gather(*(whisper.live(chunks) for _ in range(2)))
        assert not any(file.done() for file in files)
    finally:
        for file in files:
            file.cancel()
        await asyncio.gather(*files, return_exceptions=True)

    assert all(timed(finals(events)) == timed(undisturbed) for events in streams)


async def test_words_shown_twice_in_a_row_are_not_taken_back(whisper):
    """
    By interim results of the whole recording twice, in eight streams at once; final results change
    one in twenty at most.
    """
    parts = [
        pcm("two_cities", begin, begin + seconds)
        for seconds in (11, 14)
        for begin in range(0, 44, seconds)
    ]
    streams = await asyncio.gather(*(whisper.spoken(part) for part in parts))

    shown_twice = changed = 0
    for results in streams:
        said: list[str] = []
        expected: list[tuple[int, str]] = []
        stable, shown = [], []
        for result in results:
            words = [bare(word.word) for word in result.alternative.words]
            if result.is_final:
                # An utterance that becomes too long is divided: the next result has the rest.
                expected += enumerate(stable, len(said))
                said += words
                stable, shown = [], []
            elif words:
                assert words[: len(stable)] == stable
                stable, shown = common_beginning(shown, words), words
        shown_twice += len(expected)
        changed += sum(said[n : n + 1] != [word] for n, word in expected)
    assert shown_twice > 40
    assert changed <= shown_twice / 20


async def test_other_language_is_refused_by_an_english_model(whisper):
    with pytest.raises(EngineRefused, match="auto, en"):
        await whisper.live([bytes(3200)], language="fr")


async def test_measures_show_work_queue_and_lag(whisper):
    await whisper.live(cut(pcm("two_cities", 0, 3), 3200))
    async with asyncio.timeout(60):
        while not whisper.engine.measures().get("windows"):
            await asyncio.sleep(0.05)
    measures = whisper.engine.measures()

    assert measures["batches"] <= measures["windows"]
    assert measures["busy_seconds"] > 0
    assert measures["audio_seconds"] > 0
    assert {"lag", "queued_final", "queued_interim", "queued_file"} <= set(measures)


async def test_capacity_is_measured_if_none_is_set(whisper):
    assert whisper.engine.load() == (0, 16)
    whisper.engine._capacity, kept = None, whisper.engine._capacity
    try:
        assert 1 <= whisper.engine.load()[1] < 1000
    finally:
        whisper.engine._capacity = kept
