"""
How much audio a session reserves within its org's quota, so that concurrent sessions do not use
the same remainder.
"""

from aldea_core.domain.transcripts.options import FileRequest, TranscriptionOptions


# Audio that a live stream reserves per channel: longer than the interval between renewals.
LIVE_MS = 10_000
# What files usually have at most: 4 kbit/s. What is longer reserves the rest once its length is known.
_MS_A_BYTE = 2
# More than media containers have; a ledger's column does not take every number that an engine says.
_MOST_CHANNELS = 1000


def live_stretch_ms(options: TranscriptionOptions) -> int:
    """Audio to reserve until the next renewal; a stream that uses more is renewed sooner."""
    return LIVE_MS * separate_channels(options, 1)


def file_ms(request: FileRequest, most_seconds: int) -> int:
    """
    Audio to reserve for a file: as much as it usually can be, without channels that are not known.

    Args:
        most_seconds: The longest file that the org's limits allow.
    """
    options, size = request.options, request.size
    most = most_seconds * 1000
    if size is not None:
        raw = options.raw
        longest = size * _MS_A_BYTE if raw is None else raw.milliseconds(size)
        most = min(most, longest)
    if options.multichannel:
        most *= separate_channels(options, 1)
    return most or 1


def separate_channels(options: TranscriptionOptions, channels_found: int) -> int:
    """
    The number of channels transcribed and billed separately; mixed channels are one.

    Args:
        channels_found: The number of channels that the engine found, for audio in a media container.
    """
    if not options.multichannel:
        return 1
    if options.raw is not None:
        return options.raw.channels
    return min(max(1, channels_found), _MOST_CHANNELS)
