"""
Which windows are decoded next, and together.

Threads take the most urgent windows: finals before interims, and both before files. A stream has one
interim window that waits; a newer one takes its place, so that interims become rare under load
instead of late. Files have a share of the work, so that streams do not stop them. Nothing stops a
window that is being decoded, and a file's takes long, so files leave threads to streams: half of
them, and all but for their turn while final results are late.
"""

import threading

from collections import Counter, deque
from collections.abc import Callable, Sequence
from typing import final

from typing_extensions import override

from adapters.speech.recogniser import Recognised, Recognition, Urgency
from adapters.whisper.measures import Measures
from adapters.whisper.watchdog import Watchdog
from adapters.whisper.windows import Window
from aldea_core.ports.clock import Clock


# While streams are open, a window of a file is taken after as many of theirs at the latest.
_FILES_TURN = 8
# Streams count as open for so long after their last window.
_LIVE_SECONDS = 3.0
# Streams are late if their final results are by so many seconds.
_LATE_SECONDS = 1.0


@final
class Scheduled(Recognition):
    """A window in the queue, or its result."""

    def __init__(
        self, scheduler: "Scheduler", window: Window, urgency: Urgency, since: float
    ) -> None:
        self._scheduler = scheduler
        self.window = window
        self.urgency = urgency
        # When it was asked for.
        self.since = since
        self.is_waiting = True
        self.recognised: Recognised | None = None
        self.error: Exception | None = None

    @property
    @override
    def is_done(self) -> bool:
        return self.recognised is not None or self.error is not None

    @override
    def result(self) -> Recognised:
        if self.error is not None:
            raise self.error
        assert self.recognised is not None
        return self.recognised

    @override
    def expedite(self) -> None:
        self._scheduler.expedite(self)

    @override
    def cancel(self) -> None:
        self._scheduler.cancel(self)

    def replace(self, window: Window) -> bool:
        """Puts *window* in this one's place, unless this one is decoded already."""
        return self._scheduler.replace(self, window)


@final
class Scheduler:
    """
    Args:
        decode: Decodes windows of the same shape; called by several threads.
        threads: Batches decoded at once.
        batch_frames: Most frames of a batch. One window may be longer.
        is_mixed: Whether less urgent windows may join a batch, which they slow down.
        wake: Called by the threads after each batch.
        watchdog: Observes each batch, and threads that end.
    """

    def __init__(
        self,
        decode: Callable[[Sequence[Window]], Sequence[Recognised]],
        *,
        threads: int,
        batch_frames: int,
        is_mixed: bool,
        wake: Callable[[], None],
        clock: Clock,
        watchdog: Watchdog,
    ) -> None:
        self._decode = decode
        self._threads = threads
        self._batch_frames = batch_frames
        self._is_mixed = is_mixed
        self._wake = wake
        self._clock = clock
        self._watchdog = watchdog
        self._changed = threading.Condition()
        self._waiting: dict[Urgency, deque[Scheduled]] = {one: deque() for one in Urgency}
        # Batches that are being decoded, by the urgency of their first window.
        self._running: Counter[Urgency] = Counter()
        self._since_file = 0
        self._last_live = float("-inf")
        self.measures = Measures()

    def start(self) -> None:
        for _ in range(self._threads):
            threading.Thread(target=self._run, daemon=True).start()

    def submit(self, window: Window, urgency: Urgency) -> Scheduled:
        scheduled = Scheduled(self, window, urgency, self._clock.monotonic())
        with self._changed:
            self._waiting[urgency].append(scheduled)
            self._changed.notify()
        return scheduled

    def expedite(self, scheduled: Scheduled) -> None:
        with self._changed:
            scheduled.since = self._clock.monotonic()
            if scheduled.is_waiting and scheduled.urgency is Urgency.EARLY:
                self._waiting[Urgency.EARLY].remove(scheduled)
                self._waiting[Urgency.FINAL].append(scheduled)
            elif scheduled.is_done:
                self.measures.final_was_ready()
            scheduled.urgency = Urgency.FINAL

    def cancel(self, scheduled: Scheduled) -> None:
        with self._changed:
            if scheduled.is_waiting:
                scheduled.is_waiting = False
                self._waiting[scheduled.urgency].remove(scheduled)

    def replace(self, scheduled: Scheduled, window: Window) -> bool:
        with self._changed:
            if scheduled.is_waiting:
                scheduled.window = window
                self.measures.replaced += 1
            return scheduled.is_waiting

    def queued(self) -> Counter[Urgency]:
        """How many windows of each urgency wait."""
        with self._changed:
            return Counter({one: len(waiting) for one, waiting in self._waiting.items()})

    def _run(self) -> None:
        try:
            while True:
                self._run_batch()
        except BaseException as error:  # noqa: BLE001 (reported, and the process ends)
            self._watchdog.thread_ended(error)

    def _run_batch(self) -> None:
        with self._changed:
            while not self._has_next():
                # A file may go on once streams are open no longer: there is no notification of that.
                self._changed.wait(_LIVE_SECONDS if self._waiting[Urgency.FILE] else None)
            urgency, batch = self._next_batch()
        begin = self._clock.monotonic()
        try:
            with self._watchdog.watching():
                results = self._decode([scheduled.window for scheduled in batch])
        except Exception as error:  # noqa: BLE001 (fails the jobs of this batch)
            for scheduled in batch:
                scheduled.error = error
        else:
            for scheduled, recognised in zip(batch, results, strict=True):
                scheduled.recognised = recognised
        self._finish(urgency, batch, begin)
        self._wake()

    def _finish(self, urgency: Urgency, batch: Sequence[Scheduled], begin: float) -> None:
        now = self._clock.monotonic()
        with self._changed:
            self._running[urgency] -= 1
            self.measures.batch_done(
                [scheduled.window.seconds for scheduled in batch],
                [now - one.since for one in batch if one.urgency is Urgency.FINAL],
                now - begin,
                now,
            )
            self._changed.notify()  # a window of a file may be taken again

    def _has_next(self) -> bool:
        return self._next_urgency() is not None

    def _next_urgency(self) -> Urgency | None:
        """The urgency of the next batch; None if nothing that waits may be taken now."""
        may_take = [one for one in Urgency if self._waiting[one] and self._has_thread(one)]
        if not may_take:
            return None
        is_files_turn = Urgency.FILE in may_take and self._since_file >= _FILES_TURN
        return Urgency.FILE if is_files_turn and may_take[0] is not Urgency.FINAL else may_take[0]

    def _has_thread(self, urgency: Urgency) -> bool:
        """
        Whether a thread may be taken for *urgency*. While streams are open, half of the threads are
        theirs; while they are late, all but in a file's turn.
        """
        now = self._clock.monotonic()
        if urgency is not Urgency.FILE or now - self._last_live >= _LIVE_SECONDS:
            return True
        if self._since_file < _FILES_TURN and self.measures.lag(now) > _LATE_SECONDS:
            return False
        return self._running[urgency] < max(1, self._threads // 2)

    def _next_batch(self) -> tuple[Urgency, list[Scheduled]]:
        """The most urgent windows, and the urgency that they are counted under."""
        urgency = self._next_urgency()
        assert urgency is not None
        self._running[urgency] += 1
        if urgency is Urgency.FILE:
            self._since_file = 0
        else:
            self._last_live = self._clock.monotonic()
            self._since_file += 1
        first = self._waiting[urgency].popleft()
        first.is_waiting = False
        batch = [first]
        for other in self._joining(urgency):
            if (len(batch) + 1) * first.window.frames > self._batch_frames:
                break
            if other.window.shape == first.window.shape:
                self._waiting[other.urgency].remove(other)
                other.is_waiting = False
                batch.append(other)
        return urgency, batch

    def _joining(self, urgency: Urgency) -> list[Scheduled]:
        """Windows that may join a batch, the most urgent first."""
        if self._is_mixed:
            return [one for waiting in self._waiting.values() for one in waiting]
        return list(self._waiting[urgency])
