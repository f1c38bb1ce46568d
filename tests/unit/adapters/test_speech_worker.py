"""How a worker reads what it is told."""

import io
import os

import pytest

from adapters.speech import wire
from adapters.speech.worker import messages_in


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
    told = [(n, wire.Audio(bytes([n]) * 3200)) for n in range(15)]
    with Counted(reading) as raw:
        for number, message in told:
            os.write(writing, wire.packed(number, message))
        os.close(writing)

        assert list(messages_in(raw)) == told
        assert raw.reads == 2  # the second finds the end


@pytest.mark.parametrize("left", [1, wire.LENGTH_BYTES, wire.LENGTH_BYTES + 3])
def test_a_message_that_is_cut_off_is_none(left):
    """
    Whoever wrote it has died.
    """
    reading, writing = os.pipe()
    message = wire.packed(1, wire.Finish())
    with Counted(reading) as raw:
        os.write(writing, message + message[:left])
        os.close(writing)

        assert list(messages_in(raw)) == [(1, wire.Finish())]
