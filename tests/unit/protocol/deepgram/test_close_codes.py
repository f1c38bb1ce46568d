"""How live streams end on the wire (public-api, section 5)."""

import pytest

from aldea_core.domain.live.endings import Ending
from aldea_core.protocol.deepgram.close_codes import CLOSES


@pytest.mark.parametrize(
    ("ending", "code", "name"),
    [
        (Ending.FINISHED, 1000, ""),
        (Ending.CLIENT_LEFT, 1000, ""),
        (Ending.BAD_FRAME, 1002, ""),
        (Ending.CONNECTION_LOST, 1006, ""),
        (Ending.BAD_TEXT, 1007, ""),
        (Ending.UNDECODABLE, 1008, "DATA-0000"),
        (Ending.FRAME_TOO_LARGE, 1009, ""),
        (Ending.ENGINE_GONE, 1011, "NET-0000"),
        (Ending.REPLAY_EXCEEDED, 1011, "NET-0000"),
        (Ending.INTERNAL, 1011, "NET-0000"),
        (Ending.IDLE, 1011, "NET-0001"),
        (Ending.NO_AUDIO, 1011, "NET-0001"),
        (Ending.DEPLOY, 1012, ""),
        (Ending.OVERLOAD, 1013, ""),
        (Ending.SLOW_READER, 1013, ""),
        (Ending.KEY_REVOKED, 4001, ""),
        (Ending.QUOTA_USED, 4002, ""),
        (Ending.SUSPENDED, 4003, ""),
        (Ending.TOO_LONG, 4008, ""),
    ],
)
def test_close_codes_and_reasons_as_published(ending: Ending, code: int, name: str) -> None:
    """
    The published code, and its name where it has one.
    """
    assert CLOSES[ending].code == code
    assert CLOSES[ending].reason.startswith(name)


def test_every_close_reason_fits_its_frame() -> None:
    """
    A close frame has room for 123 bytes of reason (RFC 6455, 5.5).
    """
    assert set(CLOSES) == set(Ending)
    assert all(len(close.reason.encode()) <= 123 for close in CLOSES.values())
