"""
Opus packets without a media container, one a message, as WebRTC has them.

A packet's first bytes say how much audio it holds (RFC 6716, 3.1 and 3.2), so a stream can be cut
between any two packets without decoding.
"""

from bisect import bisect_right

import attrs

from aldea_core.domain.live.cuts import LEAD_SECONDS, Cut


# Durations are whole numbers of tenths of a millisecond, so that sums are exact.
_A_SECOND = 10_000
# Of a frame, by the configuration in the first byte's upper five bits.
_SILK, _HYBRID, _CELT = (100, 200, 400, 600), (100, 200), (25, 50, 100, 200)
_FRAME = (*_SILK * 3, *_HYBRID * 2, *_CELT * 4)
_LONGEST_TENTHS = 1200


def _tenths(packet: bytes) -> int:
    """How long *packet* is; 0 if it is malformed."""
    if not packet:
        return 0
    match packet[0] & 3:
        case 0:
            frames = 1
        case 1 | 2:
            frames = 2
        case _:
            frames = packet[1] & 0x3F if len(packet) > 1 else 0
    tenths = _FRAME[packet[0] >> 3] * frames
    return tenths if tenths <= _LONGEST_TENTHS else 0


@attrs.define
class PacketCutter:
    """
    Cuts between packets; see `Cutter`.

    Attributes:
        header: Packets have none.
    """

    header: bytes = b""
    _position: int = 0
    _tenths: int = 0
    _cuts: list[Cut] = attrs.Factory(list)

    def feed(self, data: bytes) -> None:
        """Takes one packet."""
        self._cuts.append(Cut(self._position, self._tenths / _A_SECOND))
        self._position += len(data)
        self._tenths += _tenths(data)

    def before(self, seconds: float) -> Cut | None:
        """The last cut from which audio at *seconds* can be decoded; earlier cuts are dropped."""
        usable = bisect_right(self._cuts, seconds - LEAD_SECONDS, key=lambda cut: cut.seconds)
        if not usable:
            return None
        del self._cuts[: usable - 1]
        return self._cuts[0]
