"""Which windows Whisper decodes next, and together."""

import threading

import pytest

from adapters.memory.clock import ManualClock
from adapters.speech.recogniser import Recognised, Task, Urgency
from adapters.whisper import scheduler as schedulers
from adapters.whisper.scheduler import Scheduler
from adapters.whisper.watchdog import Watchdog
from adapters.whisper.windows import Window


def a_window(name: int, *, seconds: float = 1.0, language: str = "en") -> Window:
    """A window that is distinguished from others by its samples."""
    return Window(bytes([name]) * round(32_000 * seconds), Task(language))


class Decoding:
    """Notes what is decoded. Stands still until it is let go on."""

    def __init__(self):
        self.batches: list[list[int]] = []
        self.fails = False
        self._may = threading.Semaphore(0)
        self._begun = threading.Semaphore(0)
        self._done = threading.Semaphore(0)

    def __call__(self, windows):
        self.batches.append([window.pcm[0] for window in windows])
        self._begun.release()
        assert self._may.acquire(timeout=60)
        if self.fails:
            raise ValueError("broken")
        return [Recognised()] * len(windows)

    def has_begun(self):
        assert self._begun.acquire(timeout=60)

    def go_on(self):
        """Lets a batch be done, and waits until the thread has said so."""
        self.let_go_on()
        assert self._done.acquire(timeout=60)

    def let_go_on(self):
        self._may.release()

    def wake(self):
        self._done.release()


class GivenUp:
    """Notes why decoding was given up."""

    def __init__(self):
        self.reasons: list[str] = []
        self._changed = threading.Semaphore(0)

    def __call__(self, reason):
        self.reasons.append(reason)
        self._changed.release()

    def wait(self):
        assert self._changed.acquire(timeout=60)


def a_scheduler(decoding: Decoding, **options) -> Scheduler:
    return Scheduler(
        decoding,
        **{
            "threads": 1,
            "batch_frames": 2000,
            "is_mixed": False,
            "wake": decoding.wake,
            "clock": ManualClock(),
            "watchdog": Watchdog(30, GivenUp()),
        }
        | options,
    )


def in_order(scheduler: Scheduler, decoding: Decoding, batches: int) -> list[list[int]]:
    """All that waits is decoded, in *batches*."""
    scheduler.start()
    for _ in range(batches):
        decoding.has_begun()
        decoding.go_on()
    return decoding.batches


def test_finals_come_before_interims_and_both_before_files():
    decoding = Decoding()
    scheduler = a_scheduler(decoding, batch_frames=1000)
    scheduler.submit(a_window(1), Urgency.FILE)
    for name in range(2, 5):
        scheduler.submit(a_window(name), Urgency.INTERIM)
    scheduler.submit(a_window(5), Urgency.EARLY)
    scheduler.submit(a_window(6), Urgency.FINAL)

    assert in_order(scheduler, decoding, 6) == [[6], [5], [2], [3], [4], [1]]


def test_early_window_becomes_final_when_it_is_due():
    decoding = Decoding()
    scheduler = a_scheduler(decoding, batch_frames=1000)
    scheduler.submit(a_window(1), Urgency.EARLY)
    late = scheduler.submit(a_window(2), Urgency.EARLY)
    late.expedite()

    assert in_order(scheduler, decoding, 2) == [[2], [1]]


def test_newer_interim_window_takes_the_place_of_the_waiting_one():
    decoding = Decoding()
    scheduler = a_scheduler(decoding, batch_frames=1000)
    first = scheduler.submit(a_window(1), Urgency.INTERIM)
    scheduler.submit(a_window(2), Urgency.INTERIM)

    assert first.replace(a_window(3))
    assert in_order(scheduler, decoding, 2) == [[3], [2]]
    assert first.is_done
    assert not first.replace(a_window(4))
    assert scheduler.measures.replaced == 1


def test_cancelled_window_is_not_decoded():
    decoding = Decoding()
    scheduler = a_scheduler(decoding, batch_frames=1000)
    scheduler.submit(a_window(1), Urgency.FINAL).cancel()
    scheduler.submit(a_window(2), Urgency.FINAL)

    assert in_order(scheduler, decoding, 1) == [[2]]


def test_batch_has_windows_of_one_shape_and_urgency():
    """
    Others would change what is decoded, or make it late.
    """
    decoding = Decoding()
    scheduler = a_scheduler(decoding, batch_frames=3000)
    for name, options in ((1, {}), (2, {"seconds": 9.0}), (3, {"language": "de"}), (4, {})):
        scheduler.submit(a_window(name, **options), Urgency.FINAL)
    scheduler.submit(a_window(5), Urgency.INTERIM)

    assert in_order(scheduler, decoding, 4) == [[1, 4], [2], [3], [5]]


def test_batch_is_bounded_by_frames():
    decoding = Decoding()
    scheduler = a_scheduler(decoding, batch_frames=2000)
    for name in range(5):
        scheduler.submit(a_window(name), Urgency.FINAL)

    assert in_order(scheduler, decoding, 3) == [[0, 1], [2, 3], [4]]


def test_gpu_decodes_all_urgencies_in_one_batch():
    decoding = Decoding()
    scheduler = a_scheduler(decoding, batch_frames=48_000, is_mixed=True)
    scheduler.submit(a_window(1), Urgency.INTERIM)
    scheduler.submit(a_window(2), Urgency.FINAL)

    assert in_order(scheduler, decoding, 1) == [[2, 1]]


def test_file_has_its_turn_among_interims():
    decoding = Decoding()
    scheduler = a_scheduler(decoding, batch_frames=1000)
    scheduler.submit(a_window(99), Urgency.FILE)
    for name in range(12):
        scheduler.submit(a_window(name), Urgency.INTERIM)

    order = in_order(scheduler, decoding, 13)
    assert order.index([99]) == 8


def test_files_leave_a_thread_to_streams():
    """
    A window of a file takes long: a final result need not wait for it.
    """
    decoding = Decoding()
    scheduler = a_scheduler(decoding, threads=2, batch_frames=1000)
    scheduler.submit(a_window(1), Urgency.FINAL)
    scheduler.submit(a_window(2), Urgency.FILE)
    scheduler.submit(a_window(3), Urgency.FILE)
    scheduler.start()
    decoding.has_begun()
    decoding.has_begun()
    decoding.go_on()  # one of two: at most one is a file's
    final = scheduler.submit(a_window(4), Urgency.FINAL)
    decoding.has_begun()

    running = [name for batch in decoding.batches for name in batch]
    assert sorted(running[:2]) == [1, 2]
    assert not final.is_done
    for _ in range(2):
        decoding.go_on()


def test_files_leave_all_threads_to_late_streams_but_for_their_turn(monkeypatch):
    """
    Until the streams have ended. There is no notification of that.
    """
    monkeypatch.setattr(schedulers, "_LIVE_SECONDS", 0.01)
    decoding, clock = Decoding(), ManualClock()
    scheduler = a_scheduler(decoding, batch_frames=1000, clock=clock)
    for name in range(5):
        scheduler.submit(a_window(name), Urgency.FINAL)
    clock.advance(2.0)
    in_order(scheduler, decoding, 5)
    for name in (90, 91):
        scheduler.submit(a_window(name), Urgency.FILE)
    for name in (5, 6, 7):
        scheduler.submit(a_window(name), Urgency.FINAL)
        decoding.has_begun()
        decoding.go_on()
    decoding.has_begun()
    assert decoding.batches == [[0], [1], [2], [3], [4], [5], [6], [7], [90]]
    decoding.go_on()
    clock.advance(1.0)
    decoding.has_begun()
    decoding.go_on()

    assert decoding.batches[-1] == [91]


def test_batch_that_does_not_end_is_given_up():
    """
    After so many seconds; one that ends in time is not.
    """
    decoding, given_up = Decoding(), GivenUp()
    watchdog = Watchdog(3, given_up)
    scheduler = a_scheduler(decoding, watchdog=watchdog)
    scheduler.submit(a_window(1), Urgency.FINAL)
    scheduler.start()
    decoding.has_begun()
    for _ in range(3):
        watchdog.tick()
    decoding.go_on()
    scheduler.submit(a_window(2), Urgency.FINAL)
    decoding.has_begun()
    for _ in range(3):
        watchdog.tick()
    assert given_up.reasons == []
    watchdog.tick()

    assert given_up.reasons == ["a batch has not ended in 4 seconds"]
    decoding.go_on()


def test_thread_that_ends_is_given_up():
    """
    Whatever waits for it would wait for ever.
    """
    decoding, given_up = Decoding(), GivenUp()

    def wake():
        raise OSError("broken")

    scheduler = a_scheduler(decoding, watchdog=Watchdog(30, given_up), wake=wake)
    scheduler.submit(a_window(1), Urgency.FINAL)
    scheduler.start()
    decoding.let_go_on()
    given_up.wait()

    assert given_up.reasons == ["a thread that decodes has ended: OSError('broken')"]


@pytest.mark.parametrize("threads", [1, 2])
def test_error_fails_its_batch_only(threads):
    decoding = Decoding()
    scheduler = a_scheduler(decoding, threads=threads, batch_frames=1000)
    broken = scheduler.submit(a_window(1), Urgency.FINAL)
    decoding.fails = True
    scheduler.start()
    decoding.has_begun()
    decoding.go_on()
    decoding.fails = False
    fine = scheduler.submit(a_window(2), Urgency.FINAL)
    decoding.has_begun()
    decoding.go_on()

    assert broken.is_done
    with pytest.raises(ValueError, match="broken"):
        broken.result()
    assert fine.result() == Recognised()


def test_lag_is_that_of_recent_finals():
    """
    From when a final result is due. A few of them say nothing.
    """
    decoding, clock = Decoding(), ManualClock()
    scheduler = a_scheduler(decoding, batch_frames=1000, clock=clock)
    for name in range(5):
        scheduler.submit(a_window(name), Urgency.FINAL)
    clock.advance(3.0)
    in_order(scheduler, decoding, 4)
    assert scheduler.measures.lag(clock.monotonic()) == 0.0
    decoding.has_begun()
    decoding.go_on()
    assert scheduler.measures.lag(clock.monotonic()) == 3.0
    clock.advance(31.0)
    assert scheduler.measures.lag(clock.monotonic()) == 0.0
