"""
How much audio a session reserves within its org's quota, so that concurrent sessions do not use
the same remainder.
"""

from aldea_core.domain.transcripts.options import FileRequest, TranscriptionOptions


# Audio that a live stream reserves per channel: longer than the interval between renewals.
LIVE_MS = 10_000
# The lowest bitrate of any speech codec: 4 kbit/s.
_LEAST_BYTES_A_SECOND = 500


def live_stretch_ms(options: TranscriptionOptions) -> int:
    """Audio to reserve until the next renewal; a stream that uses more is renewed sooner."""
    return LIVE_MS * separate_channels(options, 1)


def file_ms(request: FileRequest, most_seconds: int) -> int:
    """
    Audio to reserve for a file: an upper bound, except that unknown channels are not counted.

    Args:
        most_seconds: The longest file that the org's limits allow.
    """
    size, options = request.size, request.options
    most, raw = most_seconds * 1000, options.raw
    if size is not None:
        longest = size * 1000 // _LEAST_BYTES_A_SECOND if raw is None else raw.milliseconds(size)
        most = min(most, longest)
    if options.multichannel:
        most *= separate_channels(options, 1)
    return max(1, most)


def separate_channels(options: TranscriptionOptions, channels_found: int) -> int:
    """
    The number of channels transcribed and billed separately; mixed channels are one.

    Args:
        channels_found: The number of channels that the engine found, for audio in a media container.
    """
    if not options.multichannel:
        return 1
    return max(1, channels_found) if options.raw is None else options.raw.channels
