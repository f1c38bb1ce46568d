"""What sessions reserve of a quota."""

import pytest

from aldea_core.domain.ids import SessionId
from aldea_core.domain.live.reservations import (
    LIVE_MS,
    file_ms,
    live_stretch_ms,
    separate_channels,
)
from aldea_core.domain.transcripts.audio import RawFormat
from aldea_core.domain.transcripts.options import FileOptions, FileRequest, LiveOptions


STEREO = RawFormat(channels=2)


@pytest.mark.parametrize(
    ("options", "size", "reserved"),
    [
        (FileOptions(), None, 600_000),
        (FileOptions(), 10_000, 20_000),
        (FileOptions(), 10**9, 600_000),
        (FileOptions(), 0, 1),
        (FileOptions(raw=RawFormat()), 64_000, 2000),
        (FileOptions(raw=STEREO), 64_000, 1000),
        (FileOptions(raw=STEREO, multichannel=True), 64_000, 2000),
        (FileOptions(raw=STEREO, multichannel=True), None, 1_200_000),
    ],
)
def test_a_file_reserves_what_may_come(options, size, reserved) -> None:
    """
    By its size, if that is known: exactly if it is raw, else as long as it may be.
    """
    request = FileRequest(SessionId("s"), options, size=size)

    assert file_ms(request, 600) == reserved


def test_channels_that_are_listened_to_separately() -> None:
    """
    Count each; those that are mixed count once.
    """
    assert separate_channels(LiveOptions(raw=STEREO), 2) == 1
    assert separate_channels(LiveOptions(raw=STEREO, multichannel=True), 1) == 2
    assert separate_channels(FileOptions(multichannel=True), 6) == 6
    assert live_stretch_ms(LiveOptions(raw=STEREO, multichannel=True)) == 2 * LIVE_MS
