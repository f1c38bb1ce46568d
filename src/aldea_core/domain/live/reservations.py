"""
How much audio a session reserves within its org's quota, so that sessions that run at the same time
do not use the same rest of it.
"""

from aldea_core.domain.transcripts.audio import RawFormat
from aldea_core.domain.transcripts.options import FileRequest, TranscriptionOptions


# What a live stream reserves ahead, for each of its channels: for longer than renewals are apart.
LIVE_MS = 10_000
# No codec for speech takes less: 4 kbit/s.
_LEAST_BYTES_A_SECOND = 500


def live_stretch_ms(options: TranscriptionOptions) -> int:
    """What a live stream may use until its lease is renewed; if it is more, it is renewed sooner."""
    return LIVE_MS * separate_channels(options, 1)


def file_ms(request: FileRequest, most_seconds: int) -> int:
    """
    What a file may use: at least as much as it does, but for channels that are not known yet.

    Args:
        most_seconds: The longest file that is allowed.
    """
    most, size, raw = most_seconds * 1000, request.size, request.options.raw
    if size is not None:
        most = min(most, _longest_ms(size, raw))
    return max(1, most * separate_channels(request.options, 1))


def _longest_ms(size: int, raw: RawFormat | None) -> int:
    return size * 1000 // _LEAST_BYTES_A_SECOND if raw is None else raw.milliseconds(size)


def separate_channels(options: TranscriptionOptions, heard: int) -> int:
    """
    How many channels are listened to, and billed, each for itself; those that are mixed are one.

    Args:
        heard: How many the engine found, for audio that says itself how many it has.
    """
    if not options.multichannel:
        return 1
    return max(1, heard) if options.raw is None else options.raw.channels
