"""
Recognises one channel of one stream, from samples to results.

All samples since the last final result are kept. Each segment is resampled, searched for speech and
recognised from its own beginning, so a result depends on no audio before its segment. Results do
not depend on the sizes of the chunks in which samples arrive.
"""

from collections.abc import Iterator

import numpy as np

from adapters.speech.recogniser import (
    SAMPLE_RATE,
    Done,
    Partial,
    Recognised,
    Recogniser,
    Recognition,
    Task,
    Urgency,
)
from adapters.speech.results import PendingResult, ResultBuilder
from adapters.speech.samples import Resampler, Samples
from adapters.speech.segments import Over, Segment
from aldea_core.domain.transcripts.options import LiveOptions, TranscriptionOptions
from aldea_core.domain.transcripts.transcripts import Result, SpeechStarted, UtteranceEnd


_INTERIM_SECONDS = 1.0
_SLICE_SECONDS = 0.1


ChannelEvent = Result | PendingResult | SpeechStarted | UtteranceEnd


class RecogniserChannel:
    """
    The recogniser of one channel.

    Args:
        rate: Sample rate in Hz.
        options: Options of a file or of a live stream. Files have no interim results.
    """

    def __init__(
        self,
        recogniser: Recogniser,
        rate: int,
        options: TranscriptionOptions,
        *,
        channel: int = 0,
        channels: int = 1,
    ) -> None:
        self._recogniser = recogniser
        self._rate = rate
        self._channel, self._channels = channel, channels
        self._kept: list[Samples] = []
        self._begin = 0  # begin of the segment, in samples at `rate`
        self._end = 0
        self._last_word_end: float | None = None
        self.configure(options)
        self._begin_segment()

    def configure(self, options: TranscriptionOptions) -> None:
        self._options = options
        self._live = options if isinstance(options, LiveOptions) else None
        self._bounds = (
            self._recogniser.file_bounds()
            if self._live is None
            else self._recogniser.live_bounds(self._live.endpointing_ms)
        )

    def feed(self, samples: Samples) -> Iterator[ChannelEvent]:
        """Takes samples of this channel and yields the events that are complete."""
        step = max(1, round(self._rate * _SLICE_SECONDS))
        for n in range(0, len(samples), step):
            part = samples[n : n + step]
            self._kept.append(part)
            self._end += len(part)
            self._ready += self._resampler.feed(part)
            yield from self._advance()

    def finalize(self) -> Iterator[ChannelEvent]:
        """Yields a final result of all samples so far, even if there are none."""
        yield from self._drain()
        # A finalize ends the utterance. Voice agents wait for `speech_final`.
        yield self._final(len(self._segment.pcm), self._end, speech_final=True, from_finalize=True)
        self._begin_segment()

    def finish(self) -> Iterator[ChannelEvent]:
        """Yields the last final result, if any samples are left."""
        yield from self._drain()
        if self._end > self._begin:
            yield self._final(len(self._segment.pcm), self._end, speech_final=True)
        self._close_partial()

    def close(self) -> None:
        self._close_partial()
        if self._early is not None:
            self._early[2].cancel()

    @property
    def has_news(self) -> bool:
        """Whether `news` yields something."""
        return self._partial is not None and self._partial.is_ready

    def news(self) -> Iterator[Result]:
        """Yields the newest interim result, if there is one."""
        hypothesis = None if self._partial is None else self._partial.take()
        if hypothesis is not None:
            end = self._sample(self._partial_from + hypothesis.size)
            builder = self._builder(self._partial_from, end, is_final=False)
            yield builder.build(hypothesis.recognised)

    def _drain(self) -> Iterator[ChannelEvent]:
        """Recognises the samples still held by the resampler and by the frame buffer."""
        self._ready += self._resampler.flush()
        yield from self._advance()
        self._segment.pcm += self._ready
        self._ready.clear()

    # Handling of one segment.

    def _begin_segment(self) -> None:
        """Begins a new segment at `_end` and drops the last one."""
        self._close_partial()
        self._begin = self._end
        self._kept = []
        self._restart()

    def _restart(self) -> None:
        self._resampler = Resampler(self._rate)
        self._segment = Segment(self._recogniser.vad(), self._bounds)
        self._frame_bytes = self._segment.frame_bytes
        self._task = Task.of(self._options)
        self._ready = bytearray()
        self._partial: Partial | None = None
        self._partial_from = 0
        self._partial_to = 0
        self._interim_at = _INTERIM_SECONDS
        # The bounds of an utterance that seems to be over, and its words.
        self._early: tuple[int, int, Recognition] | None = None

    def _advance(self) -> Iterator[ChannelEvent]:
        while len(self._ready) >= self._frame_bytes:
            frame = bytes(self._ready[: self._frame_bytes])
            del self._ready[: self._frame_bytes]
            spoke = self._segment.speech_from is not None
            over = self._segment.feed(frame)
            speech_from = self._segment.speech_from
            if not spoke and speech_from is not None and self._wants("vad_events"):
                began = self._time(speech_from * self._frame_bytes)
                yield SpeechStarted(began, self._channel, self._channels)
            if over is not None:
                yield from self._end_segment(over)
            else:
                self._expect_end()
                yield from self._interim()
            yield from self._utterance_end()

    def _end_segment(self, over: Over) -> Iterator[ChannelEvent]:
        size = self._segment.length_bytes(over)
        end = self._sample(size)
        yield self._final(size, end, speech_final=over is Over.PAUSE)
        rest = np.concatenate(self._kept)[end - self._begin :]
        self._end = end
        self._begin_segment()
        # Samples of the next segment are fed again, to the new segment.
        yield from self.feed(rest)

    def _expect_end(self) -> None:
        """Has an utterance that seems to be over recognised before its pause has ended."""
        if self._live is None or self._early is not None or not self._segment.seems_over:
            if self._early is not None and not self._segment.seems_over:
                self._early[2].cancel()
                self._early = None
            return
        begin = self._segment.recognise_from
        end = self._segment.recognise_until(len(self._segment.pcm))
        self._early = (begin, end, self._recognise(begin, end, Urgency.EARLY))

    def _recognise(self, begin: int, end: int, urgency: Urgency) -> Recognition:
        pcm = bytes(self._segment.pcm[begin:end])
        return self._recogniser.recognise(pcm, self._task, urgency) if pcm else Done()

    def _final(
        self,
        size: int,
        end: int,
        *,
        speech_final: bool = False,
        from_finalize: bool = False,
    ) -> PendingResult:
        self._close_partial()
        begin, until = self._segment.recognise_from, self._segment.recognise_until(size)
        early, self._early = self._early, None
        if early is not None and early[:2] == (begin, until):
            recognition = early[2]
            recognition.expedite()
        else:
            if early is not None:
                early[2].cancel()
            urgency = Urgency.FILE if self._live is None else Urgency.FINAL
            recognition = self._recognise(begin, until, urgency)
        builder = self._builder(begin, end, is_final=True)
        return PendingResult(recognition, builder, speech_final, from_finalize)

    def _builder(self, begin: int, end: int, *, is_final: bool) -> ResultBuilder:
        """Builds a result of words from byte *begin* of this segment on, to sample *end*."""
        return ResultBuilder(
            self._channel,
            self._channels,
            start=self._begin / self._rate,
            offset=self._time(begin),
            until=end / self._rate,
            options=self._options,
            is_final=is_final,
            has_punctuation=self._recogniser.writes_punctuation,
            on_last_word=self._set_last_word_end,
        )

    def _set_last_word_end(self, end: float) -> None:
        self._last_word_end = end

    def _interim(self) -> Iterator[ChannelEvent]:
        if not self._wants("interim_results"):
            return
        if self._segment.speech_from is None:
            yield from self._silent_interim()
            return
        if self._partial is None:
            self._partial = self._recogniser.listen(self._task)
            self._partial_from = self._partial_to = self._segment.recognise_from
        self._partial.feed(bytes(self._segment.pcm[self._partial_to :]))
        self._partial_to = len(self._segment.pcm)
        if self._segment.seconds >= self._interim_at and self._early is None:
            self._interim_at = self._segment.seconds + _INTERIM_SECONDS
            self._partial.ask()
        yield from self.news()

    def _silent_interim(self) -> Iterator[ChannelEvent]:
        """An empty interim result about every second: clients use it as a clock."""
        if self._segment.seconds >= self._interim_at:
            self._interim_at = self._segment.seconds + _INTERIM_SECONDS
            size = len(self._segment.pcm)
            builder = self._builder(size, self._sample(size), is_final=False)
            yield builder.build(Recognised())

    def _utterance_end(self) -> Iterator[ChannelEvent]:
        gap_ms = self._live.utterance_end_ms if self._live is not None else None
        if gap_ms is None or self._last_word_end is None:
            return
        silence = min(
            self._time(len(self._segment.pcm)) - self._last_word_end,
            self._segment.quiet_seconds,
        )
        if silence >= gap_ms / 1000:
            yield UtteranceEnd(self._last_word_end, self._channel, self._channels)
            self._last_word_end = None

    def _wants(self, what: str) -> bool:
        return self._live is not None and bool(getattr(self._live, what))

    def _time(self, size: int) -> float:
        """The time in the stream, in seconds, of byte *size* of the segment."""
        return self._begin / self._rate + size / 2 / SAMPLE_RATE

    def _sample(self, size: int) -> int:
        """The sample of the stream at byte *size* of the segment."""
        return min(self._end, self._begin + round(size / 2 * self._rate / SAMPLE_RATE))

    def _close_partial(self) -> None:
        partial = getattr(self, "_partial", None)
        if partial is not None:
            partial.close()
            self._partial = None
