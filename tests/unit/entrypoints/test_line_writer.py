"""Writing log lines to a reader that may be slow, stopped or gone."""

import contextlib
import os

from collections.abc import Callable, Iterator
from time import monotonic, sleep

import pytest

from entrypoints.runtime.line_writer import LineWriter
from entrypoints.runtime.metrics import Metrics


LINE = "x" * 99 + "\n"
PATIENCE_SECONDS = 10.0


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reader, writer = os.pipe()
    yield reader, writer
    for descriptor in (reader, writer):
        with contextlib.suppress(OSError):  # the test closed it
            os.close(descriptor)


def until(condition: Callable[[], bool]) -> None:
    deadline = monotonic() + PATIENCE_SECONDS
    while not condition():
        assert monotonic() < deadline, "it did not come true"
        sleep(0.005)


def test_lines_arrive_in_their_order(pipe):
    reader, descriptor = pipe
    writer = LineWriter(descriptor)
    for number in range(100):
        writer.write(f"{number}\n")
    writer.drain(PATIENCE_SECONDS)

    assert os.read(reader, 2**16).decode().split() == [str(number) for number in range(100)]
    assert writer.dropped == 0


def test_stopped_reader_does_not_block_the_writer(pipe):
    """
    Lines that do not fit are dropped; lines after the reader resumes arrive.
    """
    reader, descriptor = pipe
    writer = LineWriter(descriptor, most_bytes=10_000)
    for _ in range(5_000):  # more than the pipe and the writer keep
        writer.write(LINE)
    dropped = writer.dropped

    assert 4_000 < dropped <= 4_900
    arrived = b""
    while len(arrived) < (5_000 - dropped) * len(LINE):
        arrived += os.read(reader, 2**16)
    assert arrived.decode() == LINE * (5_000 - dropped)
    until(lambda: not writer._waiting)
    writer.write("again\n")
    assert os.read(reader, 100) == b"again\n"


def test_closed_reader_loses_lines_only(pipe):
    reader, descriptor = pipe
    os.close(reader)
    writer = LineWriter(descriptor)
    for number in range(1, 4):
        writer.write(LINE)
        until(lambda number=number: writer.dropped == number)


def test_full_disk_loses_lines_only():
    writer = LineWriter(os.open("/dev/full", os.O_WRONLY))
    writer.write(LINE)

    until(lambda: writer.dropped == 1)


def test_closed_standard_error_drops_everything():
    writer = LineWriter(None)
    writer.write(LINE)

    assert writer.dropped == 1
    assert not writer.isatty()


def test_invalid_unicode_is_written(pipe):
    reader, descriptor = pipe
    writer = LineWriter(descriptor)
    writer.write("\udcff\n")

    assert os.read(reader, 100) == b"\\udcff\n"


def test_forked_process_writes_too(pipe):
    reader, descriptor = pipe
    writer = LineWriter(descriptor)
    writer.write("parent\n")
    writer.drain(PATIENCE_SECONDS)
    child = os.fork()
    if not child:
        writer.write("child\n")
        writer.drain(PATIENCE_SECONDS)
        os._exit(0)
    os.waitpid(child, 0)

    assert os.read(reader, 100) == b"parent\nchild\n"


def test_dropped_lines_are_counted_in_a_metric():
    writer = LineWriter(None)
    writer.write(LINE)
    metrics = Metrics(writer)
    writer.write(LINE)

    assert b"aldea_log_lines_dropped_total 2.0" in metrics.text()
