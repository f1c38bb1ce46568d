"""The replay buffer: audio kept to resend to another engine."""

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from aldea_core.domain.live.kept_audio import kept_audio
from aldea_core.domain.live.replay import FinalizeMark, Replay, ReplayBuffer, finalize_mark


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 60)), max_size=40),
    st.integers(1, 200),
)
def test_buffer_holds_the_streams_end_within_its_bound(
    steps: list[tuple[int, int]],
    bound: int,
) -> None:
    """
    In order.
    """
    kept, stream = ReplayBuffer(bound), b""
    for size, released in steps:
        chunk = bytes((len(stream) + n) % 256 for n in range(size))
        stream += chunk
        kept.append(chunk, size)
        kept.release(released * 5)

        assert b"".join(kept.chunks()) == stream[kept.start :]
        assert kept.kept_bytes == len(stream) - kept.start <= bound
        assert kept.end == len(stream)


def test_buffer_is_complete_until_unreleased_audio_is_dropped() -> None:
    """
    Dropping released audio is harmless.
    """
    kept = ReplayBuffer(10)
    kept.append(bytes(6), 6)
    kept.release(6)
    kept.append(bytes(6), 6)
    assert kept.is_complete

    kept.append(bytes(6), 6)
    assert not kept.is_complete


def test_counts_audio_apart_from_bytes() -> None:
    """
    A WebSocket frame has more bytes than audio.
    """
    kept = ReplayBuffer(100)
    kept.append(bytes(16), 10)
    kept.append(bytes(16), 10)
    kept.release(10)

    assert (kept.start, kept.end, kept.kept_bytes) == (10, 20, 16)


@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(0, 5), st.integers(0, 200)), max_size=20),
    st.integers(5, 80),
)
def test_fresh_and_appended_chunks_count_alike(
    runs: list[tuple[int, int, int]],
    bound: int,
) -> None:
    """
    Also if some audio is released meanwhile.
    """
    appended, fresh = ReplayBuffer(bound), ReplayBuffer(bound)
    for size, more, released in runs:
        chunk = bytes(size)
        fresh.append(chunk, size)
        among = fresh.fresh(size, size)
        among.extend([chunk] * more)
        for _ in range(more + 1):
            appended.append(chunk, size)
        for kept in (appended, fresh):
            kept.release(released)
        among.append(chunk)
        appended.append(chunk, size)

    assert fresh.chunks() == appended.chunks()
    assert (fresh.start, fresh.end) == (appended.start, appended.end)
    assert fresh.kept_bytes == appended.kept_bytes <= bound


def test_marks_are_released_with_the_audio_before_them() -> None:
    """
    Not earlier; having no bytes, they do not count against the bound.
    """
    kept = ReplayBuffer(10)
    kept.append(bytes(8), 8)
    kept.append(b"", 0)
    kept.append(bytes(8), 8)
    assert kept.chunks() == (b"", bytes(8))
    kept.release(7)
    assert kept.chunks() == (b"", bytes(8))
    kept.release(8)

    assert kept.chunks() == (bytes(8),)
    kept.append(b"", 0)
    kept.append(bytes(10), 10)
    assert kept.chunks() == (b"", bytes(10))
    assert kept.kept_bytes == 10


def test_pieces_begin_where_audio_is_needed() -> None:
    """
    Audio to skip may be several chunks, and is counted without framing. A Finalize stays where the
    client sent it.
    """
    replay = Replay((b"-aaaa", b"-bb", finalize_mark(1), b"-cccc"), skip=7, finish=False)
    pieces = list(replay.pieces(lambda chunk: chunk[1:]))

    assert pieces == [b"", b"ccc"]
    assert isinstance(pieces[0], FinalizeMark)
    assert pieces[0].channel == 1


def test_small_chunks_count_as_the_memory_that_they_take() -> None:
    """
    A stream of messages of one byte and two in turn took two hundred times its bound.
    """
    kept = kept_audio(160_000, None, packets=False)
    tracemalloc.start()
    for n in range(20_000):
        kept.feed(bytes(1 + n % 2), 1 + n % 2)
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert taken < 400_000
