"""What the two ends of a relayed stream are told, as frames; and who is told nothing."""

from aldea_core.domain.transcripts.options import LiveOptions
from aldea_core.protocol.deepgram import client_messages
from aldea_core.protocol.deepgram.client_messages import CLOSE_STREAM_TEXT, finalize_text
from aldea_core.protocol.deepgram.closes import CLOSES
from aldea_core.protocol.deepgram.configure import changes_of
from aldea_core.protocol.websocket import Opcode, closing, encoded


# Engines.
CLOSE_STREAM_FRAME = encoded(Opcode.TEXT, CLOSE_STREAM_TEXT.encode(), masked=True)


def configure_frame(options: LiveOptions) -> bytes:
    """Listen as *listening* says, from here on."""
    text = client_messages.configure_text(changes_of(options))
    return encoded(Opcode.TEXT, text.encode(), masked=True)


# Clients, by why it ended.
CLOSE_FRAMES = {ending: closing(close.code, close.reason) for ending, close in CLOSES.items()}


# Any of the two that is held back: shows that we live, and finds out whether they do.
PING_FRAME = encoded(Opcode.PING, b"", masked=False)


def finalize_frame(channel: int | None) -> bytes:
    """What asks an engine for a final result, of one channel or all."""
    return encoded(Opcode.TEXT, finalize_text(channel).encode(), masked=True)


def noop(*_: object) -> None:
    """
    Is told what comes after the end.

    Who was told before would refer to whoever tells, in a circle, and nothing of a stream, not even
    its audio, would be freed before the collector comes by.
    """
