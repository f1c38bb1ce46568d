"""What engines may claim of a file, and of audio that is billed by their times."""

import pytest

from aldea_core.domain.errors import UndecodableAudio
from aldea_core.domain.live.claimed_audio import believed_ms, longest_ms
from aldea_core.domain.transcripts.audio import Encoding, RawFormat


RAW = RawFormat(Encoding.MULAW, 8000, 2)
_16_000 = 16_000  # bytes: a second of RAW


@pytest.mark.parametrize(
    ("raw", "channels", "longest"),
    [(RAW, 1, 1000), (RAW, 2, 1000), (None, 1, 400_000), (None, 2, 200_000), (None, 0, 400_000)],
)
def test_longest_audio_of_each_channel(raw, channels, longest):
    """
    Raw audio has the length of its samples. Channels of a container share its bytes.
    """
    assert longest_ms(raw, _16_000, channels) == longest


@pytest.mark.parametrize(
    ("raw", "channels", "said", "believed"),
    [
        (None, 1, 10**12, 400_000),
        (None, 1000, 10**12, 400),
        (None, 1, 1001, 1001),
        (RAW, 1, 999, 999),
        (RAW, 1, 1001, 1000),
        (RAW, 1, 2000, 1000),
    ],
)
def test_file_is_believed_as_far_as_its_bytes_can_hold_it(raw, channels, said, believed):
    """
    Engines may round, and fill the last frame up.
    """
    assert believed_ms(said, longest_ms(raw, _16_000, channels), raw) == believed


def test_more_than_the_samples_is_another_encoding():
    """
    Else a container could be transcribed at the price of the raw samples that it is called.
    """
    with pytest.raises(UndecodableAudio, match="encoding"):
        believed_ms(2001, 1000, RAW)
