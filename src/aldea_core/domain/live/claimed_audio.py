"""
How much audio an engine may claim: engines may be other people's, and broken, and what they say of
audio is billed.

Raw audio has the length of its samples, whatever an engine says. Of audio in a media container only
its decoder knows the length, but no codec gets below a number of bytes a second: the slowest for
speech, Codec 2 at 700 bit/s, has 87, and common encoders write digital silence with 60 and more (AAC at
8 kHz; FLAC 95 a channel, Opus 150). The bound is below these, so that an honest engine may say all that
it found; of a silence that is written with less, the rest is free.
"""

from aldea_core.domain.errors import UndecodableAudio
from aldea_core.domain.transcripts.audio import RawFormat


# Of one channel, in a media container: 40 bytes a second.
_MOST_MS_A_BYTE = 25
# Engines round, and may fill a last frame up.
_SLACK_MS = 1000


def longest_ms(raw: RawFormat | None, size: int, channels: int) -> int:
    """
    The milliseconds of audio, of each channel, that *size* bytes can hold.

    Args:
        raw: The samples' format; None for audio in a media container.
        channels: Those that are billed separately, as the engine says; 1 if they are mixed.
    """
    if raw is not None:
        return raw.milliseconds(size)
    return size * _MOST_MS_A_BYTE // (channels or 1)


def believed_ms(said_ms: int, longest: int, raw: RawFormat | None) -> int:
    """
    What to believe of *said_ms*, milliseconds of a file by its engine: at most *longest*.

    Raises:
        UndecodableAudio: It is more than raw samples are. So an engine that reads a media container
            where the client named raw samples gives no transcript for the price of these.
    """
    if raw is not None and said_ms > longest + _SLACK_MS:
        raise UndecodableAudio("The audio is not of the encoding that the request names.")
    return min(said_ms, longest)
