"""The order in which a worker handles a live stream's messages."""

from urllib.parse import parse_qsl

import av
import numpy as np
import pytest

from tests.servers.loudness import Loudness
from tests.servers.speech import cut, encoded, pcm_of, samples_of

from adapters.speech import worker_messages
from adapters.speech.live_job import LiveJob
from aldea_core.domain.errors import UndecodableAudio
from aldea_core.domain.transcripts.audio import RawFormat
from aldea_core.domain.transcripts.options import LiveOptions
from aldea_core.domain.transcripts.transcripts import Result, Summary
from aldea_core.protocol.deepgram.parameters import live_options


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
def test_finalize_covers_all_audio_before_it(container, codec, seconds):
    """
    In every format, also if Finalize comes with the last byte.
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


SILENCE = bytes(32_000)  # a second


def ends_of(*messages, **options) -> list[tuple[bool, bool]]:
    """`speech_final` and `from_finalize` of each final result."""
    return [
        (answer.speech_final, answer.from_finalize)
        for answer in said(*messages, raw=RAW, **options)
        if isinstance(answer, Result) and answer.is_final
    ]


def test_pause_ends_the_utterance_with_speech_final():
    """
    Voice agents answer at that. Of what is said between two pauses only the last result has it.
    """
    hello = audio_of(pcm_of("hello"))
    answers = said(
        *hello, *audio_of(SILENCE), *hello, *audio_of(SILENCE), raw=RAW, endpointing_ms=300
    )
    results = [answer for answer in answers if isinstance(answer, Result)]
    ended = [result for result in results if result.speech_final]
    pauses = [len(pcm_of("hello")) / 32_000, 2 * len(pcm_of("hello")) / 32_000 + 1]

    assert len(ended) == 2
    assert all(result.is_final and not result.from_finalize for result in ended)
    for result, pause in zip(ended, pauses, strict=True):
        assert pause <= result.end <= pause + 1


def test_without_endpointing_no_pause_ends_an_utterance():
    """
    Only Finalize does, and the end of the stream.
    """
    audio = audio_of(pcm_of("hello") + SILENCE)
    finalized = ends_of(*audio, worker_messages.Finalize(), endpointing_ms=None)

    assert ends_of(*audio, endpointing_ms=None) == []
    assert finalized == [(True, True)]
    assert ends_of(*audio, worker_messages.Finish(), endpointing_ms=None) == [(True, False)]


@pytest.mark.parametrize("container", ["wav", "flac"])
@pytest.mark.parametrize("rate", [8000, 48_000])
@pytest.mark.parametrize("query", ["", "sample_rate=16000&channels=2"])
def test_container_has_the_rate_of_its_header(container, rate, query):
    """
    Whatever rate and channels are named beside it.
    """
    codec = {"wav": "pcm_s16le", "flac": "flac"}[container]
    data = encoded(container, codec, np.zeros(2 * rate, np.int16), rate=rate)
    job = LiveJob(Loudness(), live_options(parse_qsl(query)))
    for message in (*audio_of(data), worker_messages.Finish()):
        job.take(message)
    answers = []
    while job.has_work:
        answers += job.step()
    job.close()

    assert (answers[-1].duration, answers[-1].channels) == (2.0, 1)


def test_configure_applies_to_later_audio_only():
    """
    However fast both came.
    """
    speech = encoded("webm", "libopus", samples_of("hello"))
    quiet = LiveOptions(interim_results=False)
    before = said(*audio_of(speech), worker_messages.Configure(quiet), worker_messages.Finish())
    after = said(worker_messages.Configure(quiet), *audio_of(speech), worker_messages.Finish())

    assert any(isinstance(it, Result) and not it.is_final for it in before)
    assert not any(isinstance(it, Result) and not it.is_final for it in after)


@pytest.mark.parametrize("raw", [True, False])
def test_stream_without_audio_ends_with_duration_0(raw):
    """
    An empty stream is no error.
    """
    (summary,) = said(worker_messages.Finish(), **({} if not raw else {"raw": RAW}))
    answer, _ = said(
        worker_messages.Finalize(), worker_messages.Finish(), **({} if not raw else {"raw": RAW})
    )

    assert (summary.duration, summary.channels) == (0.0, 1)
    assert answer.from_finalize


def test_consumed_audio_is_reported_to_the_sender():
    """
    Flow control: no more is sent than the recogniser has room for.
    """
    data = encoded("flac", "flac", samples_of("hello"))
    took = [
        answer.size for answer in said(*audio_of(data)) if isinstance(answer, worker_messages.Took)
    ]

    assert took == [len(chunk) for chunk in cut(data, 3200)]


def test_worker_switches_streams_every_half_second_of_audio():
    """
    However much came at once.
    """
    job = LiveJob(Loudness(), LiveOptions(raw=RAW, interim_results=False))
    job.take(worker_messages.Audio(pcm_of("story")[: 32_000 * 10]))
    steps = 0
    while job.has_work:
        list(job.step())
        steps += 1

    assert steps >= 20


HELLO = samples_of("hello")
WAV = encoded("wav", "pcm_s16le", HELLO).partition(b"data")[0] + b"data" + bytes(4)
WEBM = bytes.fromhex("1a45dfa380 18538067 01ffffffffffffff")
STREAM_INFO = encoded("flac", "flac", HELLO)[:42]


@pytest.mark.parametrize(
    ("header", "junk"),
    [
        (WAV, b"LIST" + bytes(4)),
        (b"OggS", b"OggS\0\2" + bytes(20) + b"\xff" * 2 + bytes(255)),
        (WEBM, b"\xec\x80"),
        (STREAM_INFO, b"\x01" + bytes(3)),
    ],
    ids=["wav", "ogg", "webm", "flac"],
)
def test_worker_switches_streams_while_bytes_are_no_audio(header, junk):
    """
    Demuxing a message of 2 MB took up to three seconds, for which the worker's other streams waited.
    """
    job = LiveJob(Loudness(), LiveOptions(interim_results=False))
    job.take(worker_messages.Audio(header + junk * (2**20 // len(junk))))
    steps = 0
    while job.has_work:
        list(job.step())
        steps += 1

    assert steps >= 32


def opus_packets(name: str) -> list[bytes]:
    """Packets of 20 ms without a media container."""
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.format, encoder.layout = 16_000, "s16", "mono"
    encoder.open()
    samples, size, packets = samples_of(name), encoder.frame_size, []
    for n in range(0, len(samples) - size + 1, size):
        frame = av.AudioFrame.from_ndarray(samples[None, n : n + size], "s16", "mono")
        frame.sample_rate = 16_000
        packets += [bytes(packet) for packet in encoder.encode(frame)]
    return packets


def test_opus_packets_are_decoded_one_by_one():
    """
    Finalize covers all of them; a damaged one costs its own audio.
    """
    packets = opus_packets("hello")
    packets[10] = b"\xff" * 40
    answers = said(
        *map(worker_messages.Audio, packets),
        worker_messages.Finalize(),
        worker_messages.Finish(),
        opus_channels=1,
    )
    (finalized,) = [it for it in answers if isinstance(it, Result) and it.from_finalize]

    assert finalized.end == pytest.approx(len(packets) * 0.02, abs=0.05)
    assert answers[-1].duration == pytest.approx(len(packets) * 0.02, abs=0.05)


@pytest.mark.parametrize("packet", [b"\xff", b"\xff" * 40, bytes(100_000)])
def test_packets_that_are_none_end_the_stream(packet):
    """
    They are not read on for ever.
    """
    with pytest.raises(UndecodableAudio):
        said(*[worker_messages.Audio(packet)] * 100, worker_messages.Finish(), opus_channels=1)


def test_audio_before_an_error_has_a_final_result():
    """
    The speech under way too. Nothing is added to an utterance that is over.
    """
    wav = encoded("wav", "pcm_s16le", samples_of("hello")[:24_000])
    another = wav.replace(b"\x01\0\x01\0", b"\x55\0\x01\0", 1)  # samples as MP3
    job = LiveJob(Loudness(), LiveOptions(interim_results=False, endpointing_ms=None))
    job.take(worker_messages.Audio(wav + another))
    answers = []

    with pytest.raises(UndecodableAudio):
        while job.has_work:
            for answer in job.step():
                answers.append(answer)  # noqa: PERF402 (those before the error)
    job.close()

    (final,) = [answer for answer in answers if isinstance(answer, Result)]
    assert final.is_final
    assert final.end == pytest.approx(1.5, abs=0.01)


def test_damage_is_in_the_warnings():
    mp3 = encoded("mp3", "libmp3lame", samples_of("hello"))
    *_, summary = said(*audio_of(mp3 + b"\xa5" * 700 + mp3), worker_messages.Finish())

    assert summary.warnings == ("Bytes that are no audio, and were passed over: 700.",)
