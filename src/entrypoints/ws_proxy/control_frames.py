"""Frames that the gateway itself sends to engines and clients, encoded once, and a no-op callback."""

from aldea_core.domain.transcripts.options import LiveOptions
from aldea_core.protocol.deepgram import client_messages
from aldea_core.protocol.deepgram.client_messages import CLOSE_STREAM_TEXT, finalize_text
from aldea_core.protocol.deepgram.close_codes import CLOSES
from aldea_core.protocol.deepgram.configure import changes_of
from aldea_core.protocol.websocket import Opcode, closing, encoded


# To engines.
CLOSE_STREAM_FRAME = encoded(Opcode.TEXT, CLOSE_STREAM_TEXT.encode(), masked=True)


def configure_frame(options: LiveOptions) -> bytes:
    """Asks an engine to apply *options* from here on."""
    text = client_messages.configure_text(changes_of(options))
    return encoded(Opcode.TEXT, text.encode(), masked=True)


# To clients: the close frame for each ending.
CLOSE_FRAMES = {ending: closing(close.code, close.reason) for ending, close in CLOSES.items()}


# To a paused client: keeps the connection alive, and detects that it is gone.
PING_FRAME = encoded(Opcode.PING, b"", masked=False)


def finalize_frame(channel: int | None) -> bytes:
    """Asks an engine for a final result, of one *channel* or of all."""
    return encoded(Opcode.TEXT, finalize_text(channel).encode(), masked=True)


def noop(*_: object) -> None:
    """
    No-op callback installed after the end.

    Breaks the reference cycle between a stream and its ends, so that streams, with their audio, are
    freed by reference count and not by the garbage collector.
    """
