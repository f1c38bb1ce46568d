"""Detects a stream's format from its first bytes, and chooses the demuxer."""

from adapters.speech.demuxers import flac, id3, matroska, ogg, wav
from adapters.speech.demuxers.framed import (
    HEAD_BYTES,
    MP3,
    Framed,
    adts_length,
    mpeg_layer,
    mpeg_length,
)
from adapters.speech.demuxers.mp4 import Mp4
from adapters.speech.demuxers.track import UNSUPPORTED, Coded, Demuxer
from aldea_core.domain.errors import UndecodableAudio


_MAGIC_BYTES = 12
# A stream may begin in the middle of a frame: how far to search for the next one.
_SEARCHED_BYTES = 16 * 1024
# Formats that are taken as files only.
_FILES = {b"FORM", b"caff", b"riff", b"#!AM", b".snd"}
_BOXES = {b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"styp", b"pnot"}


class Sniffer:
    """Buffers the beginning of a stream until its format is known."""

    def __init__(self) -> None:
        self._seen = bytearray()
        self._skip = 0
        self._searched = 0  # no frame begins before this position

    def feed(self, data: bytes, *, is_end: bool = False) -> tuple[Demuxer, bytes] | None:
        """
        The demuxer and the bytes to feed to it first, or None if the format is not known yet.

        Raises:
            UndecodableAudio: No supported format begins like this.
        """
        self._seen += data
        while True:
            passed = min(self._skip, len(self._seen))
            del self._seen[:passed]
            self._skip -= passed
            if self._skip or len(self._seen) < _MAGIC_BYTES:
                if is_end:
                    raise UndecodableAudio(UNSUPPORTED)
                return None
            # ID3 tags may precede MP3, AAC and FLAC.
            self._skip = id3.tag_size(self._seen)
            if not self._skip:
                break
        seen = bytes(self._seen)
        demuxer = _by_magic(seen) or self._by_frames(seen, is_end=is_end)
        if demuxer is not None:
            return demuxer, seen
        if is_end or len(seen) > _SEARCHED_BYTES:
            raise UndecodableAudio(UNSUPPORTED)
        return None

    def _by_frames(self, seen: bytes, *, is_end: bool) -> Demuxer | None:
        """
        AAC or MP3: two frames in a row at the beginning, three further on, or a single complete
        one.
        """
        at = self._searched
        while 0 <= at <= len(seen) - HEAD_BYTES:
            is_open = False  # whether more bytes may show that a frame begins here
            for length_of in (adts_length, mpeg_length):
                count, end = 0, at
                while end <= len(seen) - HEAD_BYTES and (length := length_of(seen, end)):
                    count, end = count + 1, end + length
                is_all = count == 1 and is_end and len(seen) >= end
                if count >= (2 if at == 0 else 3) or is_all:
                    codec = "aac" if length_of is adts_length else _MPEG[mpeg_layer(seen, at)]
                    return Framed(length_of, Coded(codec))
                is_open = is_open or (count > 0 and end > len(seen) - HEAD_BYTES)
            if is_open and not is_end:
                break
            at = seen.find(b"\xff", at + 1)
            at = len(seen) if at < 0 else at
        self._searched = at
        return None


def _by_magic(seen: bytes) -> Demuxer | None:
    if seen[:4] in wav.MAGICS and seen[8:12] == b"WAVE":
        return wav.Wav()
    if seen[:4] == ogg.MAGIC:
        return ogg.Ogg()
    if seen[:4] == matroska.MAGIC:
        return matroska.Matroska()
    if seen[:4] == flac.MAGIC:
        return flac.Flac()
    if seen[4:8] in _BOXES:
        return Mp4()
    if seen[:4] in _FILES:
        raise UndecodableAudio(UNSUPPORTED)
    return None


_MPEG = {1: "mp1float", 2: "mp2float", 3: MP3}
