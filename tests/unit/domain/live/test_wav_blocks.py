"""Where a live WAV stream can be cut."""

import struct

from aldea_core.domain.live.cuts import Cut
from aldea_core.domain.live.wav_blocks import WavBlocks


HEADER = b"".join(
    [
        *(b"RIFF", struct.pack("<I", 0xFFFFFFFF), b"WAVE"),
        *(b"fmt ", struct.pack("<IHHIIHH", 16, 1, 1, 16_000, 32_000, 2, 16)),
        *(b"data", struct.pack("<I", 0xFFFFFFFF)),
    ]
)


def test_cuts_are_the_same_however_the_header_arrives():
    audio = bytes(16_000)
    expected = [Cut(len(HEADER) + n * 3200, n / 10) for n in range(5)]

    for size in (1, 20, 25, 44, 1000, 20_000):
        blocks, sent = WavBlocks(), HEADER + audio
        chunks = [sent[n : n + size] for n in range(0, len(sent), size)]

        assert [cut for chunk in chunks for cut in blocks.feed(chunk)] == expected
