"""How much quota a session reserves."""

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
def test_file_reserves_by_its_size(options, size, reserved) -> None:
    """
    Exactly if it is raw, else its longest possible duration.
    """
    request = FileRequest(SessionId("s"), options, size=size)

    assert file_ms(request, 600) == reserved


def test_multichannel_reserves_each_channel() -> None:
    """
    Mixed channels count once.
    """
    assert separate_channels(LiveOptions(raw=STEREO), 2) == 1
    assert separate_channels(LiveOptions(raw=STEREO, multichannel=True), 1) == 2
    assert separate_channels(FileOptions(multichannel=True), 6) == 6
    assert live_stretch_ms(LiveOptions(raw=STEREO, multichannel=True)) == 2 * LIVE_MS
