"""Recognises what begins at a position of a stream: files by their first bytes, frames by several in a row."""

import enum
import re

from adapters.speech.demuxers.frame_heads import (
    HEAD_BYTES,
    FrameLength,
    adts_length,
    loas_length,
    mpeg_length,
    ts_length,
)


class Kind(enum.Enum):
    """Formats by their names, and what else may begin."""

    WAV = "WAV"
    OGG = "Ogg"
    MATROSKA = "WebM"
    FLAC = "FLAC"
    MP4 = "MP4"
    ADTS = "AAC"
    MPEG = "MP3"
    AIFF = "AIFF"
    CAF = "CAF"
    W64 = "W64"
    AMR = "AMR"
    AU = "AU"
    AVI = "AVI"
    ASF = "WMA"
    FLV = "FLV"
    LOAS = "LOAS"
    TS = "MPEG-TS"
    TAG = "tag"
    OWN = "more of the same"
    UNDECIDED = "not known before more bytes arrive"


# The longest that is looked at here (the header of a WAV).
LONGEST_MAGIC = 16
# Each has six bytes or more that are always the same, so samples and damaged frames are not taken for one.
_FILES = (
    rb"(?P<WAV>(?:RIFF|RF64|BW64).{4}WAVE)"
    rb"|(?P<OGG>OggS\0[\0-\7])"
    rb"|(?P<MATROSKA>\x1a\x45\xdf\xa3(?:[\x80-\xff]|\x01\0{6}.)[\x42\xec\xbf])"
    rb"|(?P<FLAC>fLaC[\0\x80]\0\0\x22)"
    rb"|(?P<AIFF>FORM.{4}AIF[FC])"
    rb"|(?P<CAF>caff\0[\1\2]\0\0)"
    rb"|(?P<W64>riff\x2e\x91\xcf\x11)"
    rb"|(?P<AMR>\#!AMR(?:-WB)?(?:_MC1\.0)?\n)"
    rb"|(?P<AU>\.snd\0\0..\0\0)"
    rb"|(?P<AVI>RIFF.{4}AVI\ )"
    rb"|(?P<ASF>\x30\x26\xb2\x75\x8e\x66\xcf\x11)"
    rb"|(?P<FLV>FLV\x01[\0-\5]\0\0\0\x09)"
)
_FILE = re.compile(_FILES + rb"|(?P<MP4>\0\0[\0-\3].ftyp)", re.DOTALL)
_TAG = re.compile(rb"ID3[\2-\4][\0-\x0f].[\0-\x7f]{4}|APETAGEX.\x07?\0\0|TAG", re.DOTALL)
# What each of them begins with, or `ftyp`, before which are zeros, of which samples are full. Alternatives
# that are plain bytes are found by a table of their first ones: the expression above takes fifty times as long.
_LIKELY = re.compile(
    rb"RIFF|RF64|BW64|OggS\0|\x1a\x45\xdf\xa3|fLaC|FORM|caff\0|riff\x2e|#!AMR|\.snd\0|FLV\x01"
    rb"|\x30\x26\xb2\x75|ftyp"
)
_SIZE_BYTES = 4
# First bytes of all of them, of frames, and of what the demuxers search for. Sizes begin with up to four
# zeros: what is missing of a file is often filled with many more.
CANDIDATE = re.compile(rb"[\xffRBO\x1afFcr#.0IATGV\x1f\xa3]|\0(?!\0{4})")

_FRAMES: tuple[tuple[Kind, FrameLength, int], ...] = (
    (Kind.ADTS, adts_length, 3),
    (Kind.MPEG, mpeg_length, 3),
    (Kind.LOAS, loas_length, 3),
    (Kind.TS, ts_length, 5),
)


def kind_at(
    data: bytes | bytearray, at: int, *, is_first: bool = False, is_end: bool = False
) -> Kind | None:
    """
    What begins at *at*. None if nothing does.

    Args:
        is_first: Whether something is expected here: two frames in a row are enough then.
        is_end: Whether no more bytes arrive: a single complete frame is enough where one is expected.
    """
    if (found := _FILE.match(data, at)) is not None:
        return Kind[found.lastgroup or ""]
    if _TAG.match(data, at) is not None:
        return Kind.TAG
    if len(data) - at < LONGEST_MAGIC and not is_end:
        return Kind.UNDECIDED if CANDIDATE.match(data, at) else None
    for kind, length_of, several in _FRAMES:
        count, end = 0, at
        least = 2 if is_first and several == 3 else several
        while count < least and end <= len(data) - HEAD_BYTES and (length := length_of(data, end)):
            count, end = count + 1, end + length
        is_all = count == 1 and is_first and least == 2 and is_end and len(data) >= end
        if count >= least or is_all:
            return kind
        if count and not is_end and end > len(data) - HEAD_BYTES:
            return Kind.UNDECIDED
    return None


def file_within(samples: bytearray, end: int, *, begins: int = 0) -> int | None:
    """Position in *samples*, up to *end*, at which a file begins that is recognised by its first bytes."""
    stop = end + LONGEST_MAGIC - 1
    for likely in _LIKELY.finditer(samples, begins, stop):
        at = likely.start() - (_SIZE_BYTES if likely[0] == b"ftyp" else 0)
        if begins <= at < end and _FILE.match(samples, at, stop) is not None:
            return at
    return None
