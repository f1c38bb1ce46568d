"""What sessions reserve of a quota."""

import pytest

from aldea_core.domain.audio import RawFormat
from aldea_core.domain.ids import SessionId
from aldea_core.domain.listening import FileListening, FileRequest, LiveListening
from aldea_core.domain.reservations import (
    LIVE_MS,
    file_ms,
    live_stretch_ms,
    separate_channels,
)


STEREO = RawFormat(channels=2)


@pytest.mark.parametrize(
    ("listening", "size", "reserved"),
    [
        (FileListening(), None, 600_000),
        (FileListening(), 10_000, 20_000),
        (FileListening(), 10**9, 600_000),
        (FileListening(), 0, 1),
        (FileListening(raw=RawFormat()), 64_000, 2000),
        (FileListening(raw=STEREO), 64_000, 1000),
        (FileListening(raw=STEREO, multichannel=True), 64_000, 2000),
        (FileListening(raw=STEREO, multichannel=True), None, 1_200_000),
    ],
)
def test_a_file_reserves_what_may_come(listening, size, reserved) -> None:
    """
    By its size, if that is known: exactly if it is raw, else as long as it may be.
    """
    request = FileRequest(SessionId("s"), listening, size=size)

    assert file_ms(request, 600) == reserved


def test_channels_that_are_listened_to_separately() -> None:
    """
    Count each; those that are mixed count once.
    """
    assert separate_channels(LiveListening(raw=STEREO), 2) == 1
    assert separate_channels(LiveListening(raw=STEREO, multichannel=True), 1) == 2
    assert separate_channels(FileListening(multichannel=True), 6) == 6
    assert live_stretch_ms(LiveListening(raw=STEREO, multichannel=True)) == 2 * LIVE_MS
