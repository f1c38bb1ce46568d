"""In which order a worker heeds what a live stream's client says."""

import pytest

from tests.servers.ears import cut, encoded, pcm_of, samples_of
from tests.servers.loudness import Loudness

from adapters.speech import worker_messages
from adapters.speech.live_job import LiveJob
from aldea_core.domain.transcripts.audio import RawFormat
from aldea_core.domain.transcripts.options import LiveOptions
from aldea_core.domain.transcripts.transcripts import Result, Summary


RAW = RawFormat()


def said(*messages, **options):
    """All that is answered to *messages*, which come all at once."""
    job = LiveJob(Loudness(), LiveOptions(**options))
    for message in messages:
        job.take(message)
    answers = []
    while job.has_work:
        answers += job.step()
    job.close()
    return answers


def audio_of(data: bytes) -> list[worker_messages.Audio]:
    return [worker_messages.Audio(chunk) for chunk in cut(data, 3200)]


@pytest.mark.parametrize(
    ("container", "codec"),
    [
        ("wav", "pcm_s16le"),
        ("adts", "aac"),
        ("mp3", "libmp3lame"),
        ("flac", "flac"),
        ("ogg", "libopus"),
        ("webm", "libopus"),
        ("ipod", "aac"),
    ],
)
@pytest.mark.parametrize("seconds", [0.6, 2.0])
def test_nothing_overtakes_audio(container, codec, seconds):
    """
    A Finalize that comes with the last byte is answered with all of it, in every format.
    """
    data = encoded(container, codec, samples_of("hello")[: round(16_000 * seconds)])
    answers = said(
        *audio_of(data), worker_messages.Finalize(), worker_messages.Finish(), endpointing_ms=None
    )
    finals = [answer for answer in answers if isinstance(answer, Result) and answer.is_final]

    assert finals[0].from_finalize
    assert finals[0].end == pytest.approx(seconds, abs=0.15)
    assert finals[0].end >= seconds - 0.02
    assert finals[-1].end - finals[0].end < 0.05
    assert isinstance(answers[-1], Summary)


def test_a_configure_concerns_what_comes_after_it():
    """
    Not the audio before it, however fast both came.
    """
    speech = encoded("webm", "libopus", samples_of("hello"))
    quiet = LiveOptions(interim_results=False)
    before = said(*audio_of(speech), worker_messages.Configure(quiet), worker_messages.Finish())
    after = said(worker_messages.Configure(quiet), *audio_of(speech), worker_messages.Finish())

    assert any(isinstance(it, Result) and not it.is_final for it in before)
    assert not any(isinstance(it, Result) and not it.is_final for it in after)


@pytest.mark.parametrize("raw", [True, False])
def test_no_audio_at_all(raw):
    """
    Is an end like any other, of a stream of no length.
    """
    (summary,) = said(worker_messages.Finish(), **({} if not raw else {"raw": RAW}))
    answer, _ = said(
        worker_messages.Finalize(), worker_messages.Finish(), **({} if not raw else {"raw": RAW})
    )

    assert (summary.duration, summary.channels) == (0.0, 1)
    assert answer.from_finalize


def test_audio_is_taken_when_it_has_been_heard():
    """
    Whoever sends is told how much, so that no more is sent than can be heard.
    """
    data = encoded("flac", "flac", samples_of("hello"))
    took = [
        answer.size for answer in said(*audio_of(data)) if isinstance(answer, worker_messages.Took)
    ]

    assert took == [len(chunk) for chunk in cut(data, 3200)]


def test_steps_are_short():
    """
    Others have their turn at least every half second of audio, however much came at once.
    """
    job = LiveJob(Loudness(), LiveOptions(raw=RAW, interim_results=False))
    job.take(worker_messages.Audio(pcm_of("story")[: 32_000 * 10]))
    steps = 0
    while job.has_work:
        list(job.step())
        steps += 1

    assert steps >= 20
