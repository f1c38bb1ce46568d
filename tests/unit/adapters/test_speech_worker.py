"""How a worker reads what it is told."""

import contextlib
import io
import os
import queue

import pytest

from tests.servers.loudness import Loudness

from adapters.speech import worker_messages
from adapters.speech.sandbox import Sandbox
from adapters.speech.worker import Worker, messages_in
from aldea_core.domain.transcripts.audio import RawFormat
from aldea_core.domain.transcripts.options import FileOptions, LiveOptions


class Counted(io.FileIO):
    reads = 0

    def readinto(self, buffer):
        self.reads += 1
        return super().readinto(buffer)


def test_all_that_is_there_is_taken_in_one_go():
    """
    Whoever reads may not have another turn soon.
    """
    reading, writing = os.pipe()
    told = [(n, worker_messages.Audio(bytes([n]) * 3200)) for n in range(15)]
    with Counted(reading) as raw:
        for number, message in told:
            os.write(writing, worker_messages.packed(number, message))
        os.close(writing)

        assert list(messages_in(raw)) == told
        assert raw.reads == 2  # the second finds the end


@pytest.mark.parametrize(
    "left", [1, worker_messages.LENGTH_BYTES, worker_messages.LENGTH_BYTES + 3]
)
def test_a_message_that_is_cut_off_is_none(left):
    """
    Whoever wrote it has died.
    """
    reading, writing = os.pipe()
    message = worker_messages.packed(1, worker_messages.Finish())
    with Counted(reading) as raw:
        os.write(writing, message + message[:left])
        os.close(writing)

        assert list(messages_in(raw)) == [(1, worker_messages.Finish())]


def test_a_full_disk_is_one_files_trouble():
    """
    It is told, and the other streams of the worker go on.
    """
    out = io.BytesIO()
    with contextlib.closing(Sandbox()) as sandbox:
        worker = Worker(Loudness(), sandbox, queue.SimpleQueue(), out)
        worker._take(1, worker_messages.OpenFile(FileOptions(), 600))
        worker._take(2, worker_messages.OpenLive(LiveOptions(raw=RawFormat())))
        worker._jobs[1]._file.close()
        worker._jobs[1]._file = io.FileIO("/dev/full", "wb")
        worker._take(1, worker_messages.Audio(bytes(100_000)))
        worker._take(2, worker_messages.Finish())
        worker._try(2, worker._jobs[2], worker._jobs[2].step)

    said = list(messages_in(io.BytesIO(out.getvalue())))
    assert [number for number, _ in said] == [1, 2]
    assert said[0][1] == worker_messages.NoRoom("speech engine's disk", 30)
    assert not worker._jobs
