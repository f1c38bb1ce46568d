"""
Finds positions at which an Ogg, WebM or WAV stream can be cut, so that the rest can be decoded
alone.

These formats begin with a header and continue in units that carry their time: Ogg in pages (RFC
3533), WebM in clusters (RFC 9559), WAV in samples of one length. A decoder that gets the header and
then the units from any one on decodes from there. Other formats are not cut: an MP4 has its index
in one place, and MP3, AAC, and FLAC outside Ogg carry no times.

Malformed data ends the cutting, not the stream. So does a header without end.
"""

import attrs

from aldea_core.domain.live import ogg_pages, wav_blocks, webm_clusters
from aldea_core.domain.live.cuts import LEAD_SECONDS, Cut, Units


_LONGEST_HEADER = 2**20
# Since the last final result, minutes of pages of one packet. Of more, every second is forgotten.
_MOST_CUTS = 10_000


@attrs.define
class Cutter:
    """
    Attributes:
        header: The container's header, which must precede any unit.
    """

    header: bytes = b""
    _units: Units | None = None
    _begun: bool = False
    _seen: bytearray = attrs.Factory(bytearray)
    _cuts: list[Cut] = attrs.Factory(list)

    def feed(self, data: bytes) -> None:
        """Reads more of the stream."""
        if not self._begun:
            self._seen += data
            if len(self._seen) < len(ogg_pages.MAGIC):
                return
            self._begun = True
            self._units = _units_of(bytes(self._seen[:4]))
            data = bytes(self._seen)
        elif not self.header and self._units is not None:
            self._seen += data
        if self._units is None:
            self._seen.clear()
            return
        try:
            found = self._units.feed(data)
        except (ValueError, IndexError):
            self._end()
            return
        if found and not self.header:
            self.header = bytes(self._seen[: found[0].position])
            self._seen.clear()
        self._cuts += found
        if len(self._seen) > _LONGEST_HEADER:
            self._end()
        while len(self._cuts) > _MOST_CUTS:
            del self._cuts[1::2]

    def _end(self) -> None:
        """Finds no more cuts, and frees the memory of those before."""
        self._units = None
        self._cuts.clear()
        self._seen.clear()

    def before(self, seconds: float) -> Cut | None:
        """The last cut from which audio at *seconds* can be decoded; earlier cuts are dropped."""
        usable = [cut for cut in self._cuts if cut.seconds <= seconds - LEAD_SECONDS]
        if not usable:
            return None
        self._cuts = self._cuts[len(usable) - 1 :]
        return usable[-1]


def _units_of(magic: bytes) -> Units | None:
    match magic:
        case ogg_pages.MAGIC:
            return ogg_pages.OggPages()
        case webm_clusters.MAGIC:
            return webm_clusters.WebmClusters()
        case magic if magic in wav_blocks.MAGICS:
            return wav_blocks.WavBlocks()
        case _:
            return None
