"""Detects a stream's format from its first bytes, and chooses the demuxer."""

from typing import final

from adapters.speech.demuxers.flac import Flac
from adapters.speech.demuxers.frame_heads import adts_length, mpeg_layer, mpeg_length
from adapters.speech.demuxers.framed import MP3, Framed
from adapters.speech.demuxers.kinds import Kind
from adapters.speech.demuxers.matroska import MAGIC as EBML
from adapters.speech.demuxers.matroska import Matroska
from adapters.speech.demuxers.mp4 import FIRST_BOXES, Mp4
from adapters.speech.demuxers.ogg import Ogg
from adapters.speech.demuxers.search import Search
from adapters.speech.demuxers.track import Coded, Demuxer
from adapters.speech.demuxers.wav import Wav
from aldea_core.domain.errors import UndecodableAudio


_MAGIC_BYTES = 8
# A stream may begin in the middle of a frame: how far to search for the next one.
_SEARCHED_BYTES = 16 * 1024
_AS_FILES = {Kind.AIFF, Kind.CAF, Kind.W64, Kind.AMR}
_UNKNOWN = (
    "No audio format is recognised in it. Raw samples need `encoding` and `sample_rate`; else send "
    "WAV, MP3, AAC (ADTS), FLAC, Ogg, WebM or M4A."
)
_MPEG = {1: "mp1float", 2: "mp2float", 3: MP3}


@final
class Sniffer:
    """
    Buffers the beginning of a stream until its format is known.

    Args:
        most_garbage: Bytes without audio after which its demuxer refuses a stream.
    """

    def __init__(self, most_garbage: int) -> None:
        self._most_garbage = most_garbage
        self._seen = bytearray()
        self._search = Search(self._is_known, limit=_SEARCHED_BYTES, text=_UNKNOWN)

    def feed(self, data: bytes, *, is_end: bool = False) -> tuple[Demuxer, bytes] | None:
        """
        The demuxer and the bytes to feed to it first, or None if the format is not known yet.

        Raises:
            UndecodableAudio: No supported format begins like this.
        """
        self._seen += data
        kind = self._search.find(self._seen, is_end=is_end)
        if kind is None:
            if is_end:
                raise UndecodableAudio(_UNKNOWN)
            return None
        return _demuxer(kind, self._seen, self._most_garbage), bytes(self._seen)

    def _is_known(self, seen: bytearray, at: int) -> bool | None:
        """Whether a file begins at *at* that is recognised only where one must begin."""
        if self._search.has_passed:
            return False
        if len(seen) - at < _MAGIC_BYTES:
            return None
        return seen.startswith(EBML, at) or bytes(seen[at + 4 : at + 8]) in FIRST_BOXES


def _demuxer(kind: Kind, seen: bytearray, most_garbage: int) -> Demuxer:
    match kind:
        case Kind.WAV:
            return Wav()
        case Kind.OGG:
            return Ogg(most_garbage)
        case Kind.FLAC:
            return Flac(most_garbage)
        case Kind.ADTS:
            return Framed(adts_length, Coded("aac"), most_garbage)
        case Kind.MPEG:
            return Framed(mpeg_length, Coded(_MPEG[mpeg_layer(seen, 0)]), most_garbage)
        case Kind.MP4:
            return Mp4(most_garbage)
        case Kind.MATROSKA:
            return Matroska(most_garbage)
        case Kind.OWN:
            return (Matroska if seen.startswith(EBML) else Mp4)(most_garbage)
        case _:
            raise UndecodableAudio(_refusal(kind))


def _refusal(kind: Kind) -> str:
    if kind in _AS_FILES:
        return f"{kind.value} is not decoded live: send it as a file, or stream WAV, FLAC or Ogg."
    return f"{kind.value} is not supported: convert it to WAV, MP3, FLAC, Ogg, WebM or M4A."
