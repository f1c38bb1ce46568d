"""
One live stream from its admission to its end, without I/O.

The owner of the sockets reports events to a `LiveSession` and acts on its results. It forwards
audio to an engine, keeps it for a replay to another one, counts it, and decides when to end. Time
arguments are seconds of one monotonic clock; times in events are seconds of audio.

Theory of operation. A stream is LIVE until the client sends CloseStream (FINISHING) and the
engine has sent its `Summary` (ENDED). Losing the engine interrupts either (RECOVERING, and
RECOVERING_TO_FINISH): audio that arrives meanwhile is kept. The next engine gets all audio
since the last final result, so its clock starts there, and its times are shifted.
"""

from typing import assert_never

import attrs

from aldea_core.domain.live.bounds import Bounds
from aldea_core.domain.live.claimed_audio import longest_ms
from aldea_core.domain.live.endings import USED_UP, Ending
from aldea_core.domain.live.finalizes import Finalizes
from aldea_core.domain.live.first_word import FirstWord
from aldea_core.domain.live.kept_audio import KeptAudio, kept_audio
from aldea_core.domain.live.replay import Recover, Replay, finalize_mark
from aldea_core.domain.live.spans import after, shifted
from aldea_core.domain.live.states import TRANSITIONS, Happening, State
from aldea_core.domain.transcripts.audio import RawFormat
from aldea_core.domain.transcripts.transcripts import (
    LiveEvent,
    Result,
    ResultHead,
    SpeechStarted,
    Summary,
    UtteranceEnd,
)


@attrs.define
class LiveSession:
    """
    The state of one live stream.

    Args:
        raw: The samples' format; None for audio in a media container, which is replayed from where
            `media` can cut it, or else from its beginning.
        is_packets: Whether each chunk of audio is one Opus packet.

    Attributes:
        is_held: Whether the client is not read; then it cannot be idle.
        has_moved: Whether another engine took over: its times are shifted, and it may repeat words.
        offset: Seconds of the stream before the engine's audio, of which its times are.
        delivered: For each channel, the time in seconds up to which results are final.
        first_word: The time until the first result with words.
        pending_ending: Why the stream is about to end and takes no more audio, or None.
    """

    raw: RawFormat | None
    started: float
    bounds: Bounds = Bounds()
    is_packets: bool = False
    state: State = State.LIVE
    ending: Ending | None = None
    recoveries: int = 0
    is_held: bool = False
    has_moved: bool = False
    pending_ending: Ending | None = None
    first_word: FirstWord = attrs.Factory(FirstWord)
    _kept: KeptAudio = attrs.field(
        default=attrs.Factory(
            lambda self: kept_audio(self.bounds.replay_bytes, self.raw, packets=self.is_packets),
            takes_self=True,
        ),
    )
    offset: float = 0.0
    _finalizing: Finalizes = attrs.Factory(Finalizes)
    delivered: dict[int, float] = attrs.Factory(dict)
    _results_until: float = 0.0
    _latest_mark: float = -1.0
    _is_answered: bool = False
    _active: bool = True
    _received_at_tick: int = 0
    _active_at: float = attrs.field(
        default=attrs.Factory(lambda self: self.started, takes_self=True)
    )
    # Since when another engine is awaited, or, after CloseStream, the engine's next result.
    _engine_awaited_since: float = 0.0
    _finished_until: float = -1.0
    _ends_at: float = attrs.field(
        default=attrs.Factory(lambda self: self.started + self.bounds.longest, takes_self=True)
    )

    # Events from the client.

    def audio(self, chunk: bytes, audio_bytes: int) -> bool:
        """Keeps *chunk* with *audio_bytes* of audio; True if the caller must forward it now."""
        self._active = True
        if self.pending_ending is not None:
            return False
        if self.state is State.LIVE or self.state is State.RECOVERING:
            self._kept.feed(chunk, audio_bytes)
        return self.state is State.LIVE

    def fresh(self, chunk_bytes: int, audio_bytes: int) -> list[bytes]:
        """
        Fast path: after `audio()` returned True, append raw chunks of these sizes to this list
        instead. Fetch the list after that call, and again after any other event. Call `count`
        regularly, so that the bound on kept audio holds.
        """
        return self._kept.fresh(chunk_bytes, audio_bytes)

    def count(self) -> None:
        """Accounts for the chunks appended to `fresh`; the bound on kept audio holds again."""
        self._kept.count()

    def keep_alive(self) -> None:
        self._active = True

    def finalize(self, channel: int | None = None) -> bool:
        """The client sent Finalize (None: all channels); True if the caller must forward it now."""
        self._active = True
        if self.state is State.FINISHING or self.state is State.RECOVERING_TO_FINISH:
            return False
        self._finalizing.ask(channel)
        self._kept.append(finalize_mark(channel), 0)
        return self.state is State.LIVE

    def close_stream(self, at: float) -> bool:
        """The client sent CloseStream; True if the caller must forward it now."""
        self._active = True
        live = self.state is State.LIVE
        if self._move(Happening.CLOSE_STREAM) and live:
            self._engine_awaited_since, self._finished_until = at, self._results_until
        return live

    # Events from the engine.

    def engine_event(self, event: LiveEvent) -> LiveEvent | None:
        """The event to send to the client: times shifted, nothing final twice; None if nothing."""
        if self.offset:
            event = shifted(event, self.offset)
        match event:
            case Result():
                return self._new_part(event)
            case SpeechStarted(timestamp=mark) | UtteranceEnd(last_word_end=mark):
                if mark < self._latest_mark:
                    return None
                self._latest_mark = mark
            case Summary():
                self._results_until = max(self._results_until, event.duration)
                if not self._move(Happening.LAST_EVENT):
                    return None  # an unrequested summary: the engine closes, but the stream goes on
                self._is_answered = True
                self.ending = self.ending or Ending.FINISHED
            case _:
                assert_never(event)
        return event

    def _new_part(self, result: Result) -> Result | None:
        if self._finalizing.is_repeated(result):
            result = attrs.evolve(result, from_finalize=False)
        delivered = self.delivered.get(result.channel, 0.0)
        fresh = after(result, delivered) if self.has_moved else result
        self.note(result, is_forwarded=fresh is not None)
        return fresh

    def note(self, result: Result | ResultHead, *, is_forwarded: bool) -> None:
        """Takes note of a result; of its head alone if it was forwarded by the first engine."""
        self._results_until = max(self._results_until, result.end)
        is_answer = result.from_finalize and self._finalizing.answer(result)
        if is_answer and self.pending_ending is not None:
            self.end(self.pending_ending)
        self._is_answered = self._is_answered or is_forwarded
        if not is_forwarded or not result.is_final:
            return
        delivered, channel = self.delivered, result.channel
        before = delivered.get(channel, 0.0)
        delivered[channel] = until = max(before, result.end)
        if until > before:  # an empty result is no progress
            self.recoveries = 0
        if len(delivered) == result.channels:
            self._kept.release_before(min(delivered.values()))

    def engine_lost(self, at: float, *, is_well: bool = False) -> Recover | Ending:
        """The engine is lost. If *is_well*, it merely closed, which is no failed recovery."""
        if self.ending is not None:
            return self.ending
        if not is_well:
            self.recoveries += 1
        if not self._kept.is_complete:
            return self.end(Ending.REPLAY_EXCEEDED)
        if self.recoveries > self.bounds.recoveries or not self._move(Happening.ENGINE_LOST):
            return self.end(Ending.ENGINE_GONE)
        self._engine_awaited_since = at
        return Recover()

    def engine_found(self, at: float) -> Replay:
        """Another engine is connected; returns what to send to it first."""
        self._engine_awaited_since = at
        self.has_moved = True
        self.delivered = {n: self._kept.within(end) for n, end in self.delivered.items()}
        self._move(Happening.ENGINE_FOUND)
        self.offset = self._kept.begins
        replay = self._kept.replay(list(self._finalizing), finish=self.state is State.FINISHING)
        self._finalizing.repeat(replay.answered)
        return replay

    # Timers, and endings decided elsewhere.

    def tick(self, at: float) -> Ending | None:
        """Checks the timeouts; returns the reason if the stream is over or about to end."""
        received = self._kept.end
        if self._active or self.is_held or received != self._received_at_tick:
            self._active = False
            self._received_at_tick = received
            self._active_at = at
        bounds = self.bounds
        match self.state:
            case State.ENDED:
                return self.ending
            case State.RECOVERING | State.RECOVERING_TO_FINISH:
                if at - self._engine_awaited_since > bounds.recovery:
                    return self.end(self.pending_ending or Ending.ENGINE_GONE)
                if self.pending_ending in USED_UP:  # its last words are billed
                    self._ends_at = at + bounds.final_results
            case State.FINISHING:
                if self._is_stuck(at):
                    return self.end(Ending.ENGINE_GONE)
            case State.LIVE:
                if at - self._active_at > bounds.idle:
                    return self.end(Ending.IDLE)
                if not received and at - self.started > bounds.first_audio:
                    return self.end(Ending.NO_AUDIO)
            case _:
                assert_never(self.state)
        if at > self._ends_at:
            # Only proposed: engine and client are well, so final results are worth waiting for.
            return Ending.TOO_LONG if self.pending_ending is None else self.end(self.pending_ending)
        return None

    def _is_stuck(self, at: float) -> bool:
        """Whether the engine makes no progress after CloseStream; slow progress is allowed."""
        if self._results_until != self._finished_until:
            self._finished_until, self._engine_awaited_since = self._results_until, at
        return at - self._engine_awaited_since > self.bounds.finish

    def await_final_results(self, ending: Ending, at: float) -> bool:
        """
        Schedules the stream's end for this reason; no more audio is taken. True if the
        caller must wait for the final result of the audio so far, and request it with `finalize`.
        """
        if self.ending is not None:
            return False
        if self.pending_ending is None:
            if self._kept.needed == self._kept.end:
                return False  # all results are final
            self.pending_ending, self._ends_at = ending, at + self.bounds.final_results
        return at < self._ends_at

    def end(self, ending: Ending) -> Ending:
        """Ends the stream for this reason, unless it has ended; returns the actual reason."""
        if self.ending is None:
            self.ending = ending
            self._move(Happening.ENDING)
        return self.ending

    # Queries.

    @property
    def audio_ms(self) -> int:
        """
        Milliseconds of audio to bill: none before the first result, then all received audio if it
        is raw, else the duration that the engine reports, as far as the bytes can hold it.
        """
        if not self._is_answered:
            return 0
        longest = longest_ms(self.raw, self._kept.end, len(self.delivered))
        return longest if self.raw is not None else min(longest, round(self._results_until * 1000))

    @property
    def awaits_answer(self) -> bool:
        """Whether the engine owes a result for a Finalize or CloseStream."""
        return bool(self._finalizing) or self.state is State.FINISHING

    @property
    def audio_bytes(self) -> int:
        """Bytes of audio received and accepted."""
        return self._kept.end

    def pause_before_reading(self, at: float) -> float:
        """Seconds not to read the client, as audio is too far ahead of real time; else not positive."""
        if self.raw is None:
            return 0.0
        sent = self.raw.seconds(self._kept.end)
        return (sent - self.bounds.lead) / self.bounds.pace - (at - self.started)

    @property
    def seconds_to_replay(self) -> float:
        """The duration of a replay to another engine; infinite if not all of its audio is kept."""
        return self._kept.seconds if self._kept.is_complete else float("inf")

    @property
    def room(self) -> int:
        """Bytes of audio that may still wait for an engine."""
        return self._kept.room

    def _move(self, happening: Happening) -> bool:
        if (state := TRANSITIONS[self.state].get(happening)) is None:
            return False
        self.state = state
        return True
