"""How a worker reads its control messages."""

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


def test_all_pending_messages_are_read_at_once():
    """
    The reader may not be scheduled again soon.
    """
    reading, writing = os.pipe()
    sent = [(n, worker_messages.Audio(bytes([n]) * 3200)) for n in range(15)]
    with Counted(reading) as raw:
        for number, message in sent:
            os.write(writing, worker_messages.packed(number, message))
        os.close(writing)

        assert list(messages_in(raw)) == sent
        assert raw.reads == 2  # the second finds the end


@pytest.mark.parametrize(
    "left", [1, worker_messages.LENGTH_BYTES, worker_messages.LENGTH_BYTES + 3]
)
def test_truncated_message_is_dropped(left):
    """
    Its writer has died.
    """
    reading, writing = os.pipe()
    message = worker_messages.packed(1, worker_messages.Finish())
    with Counted(reading) as raw:
        os.write(writing, message + message[:left])
        os.close(writing)

        assert list(messages_in(raw)) == [(1, worker_messages.Finish())]


def test_full_disk_fails_one_file_only():
    """
    The error is reported, and the worker's other streams go on.
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
