"""How long raw audio lasts."""

import pytest

from aldea_core.domain.transcripts.audio import Encoding, RawFormat


@pytest.mark.parametrize(
    ("encoding", "channels", "expected"),
    [
        (Encoding.LINEAR16, 1, 32000),
        (Encoding.LINEAR16, 2, 64000),
        (Encoding.LINEAR32, 1, 64000),
        (Encoding.MULAW, 1, 16000),
        (Encoding.ALAW, 3, 48000),
    ],
)
def test_bytes_per_second(encoding: Encoding, channels: int, expected: int) -> None:
    """
    Samples times channels times bytes per sample.
    """
    audio = RawFormat(encoding, 16000, channels)

    assert expected == audio.bytes_per_second
    assert audio.seconds(expected) == 1.0
    assert audio.milliseconds(expected * 3 // 2) == 1500


def test_positions_are_whole_blocks() -> None:
    """
    Audio is never cut within a sample.
    """
    stereo = RawFormat(Encoding.LINEAR16, 8000, 2)

    assert stereo.position(0.00013) == 4
    assert stereo.position(1.5) == 48000
