"""What a client's JSON messages make a relayed stream do."""

from typing import Protocol

from aldea_core.domain.live.sessions import LiveSession
from aldea_core.domain.transcripts.options import LiveOptions
from aldea_core.ports.engines import FrameConnection
from aldea_core.protocol.deepgram import client_messages, live_messages
from aldea_core.protocol.deepgram.configure import configured
from aldea_core.protocol.websocket import Opcode, encoded
from entrypoints.ws_proxy.control_frames import finalize_frame
from entrypoints.ws_proxy.flow_control import FlowControl


class Commanded(Protocol):
    """
    The client's end of a stream.

    Attributes:
        connection: To the engine in use.
        options: As last configured.
    """

    session: LiveSession
    connection: FrameConnection
    options: LiveOptions
    flow_control: FlowControl

    def reply(self, text: str) -> None: ...

    def close_stream(self) -> None: ...


def carry_out(text: bytes, client: Commanded) -> None:
    """
    Raises:
        UnicodeDecodeError: *text* is not UTF-8.
    """
    match client_messages.parse(text.decode()):
        case client_messages.CloseStream():  # first, as most streams send one
            client.close_stream()
        case client_messages.KeepAlive():
            client.session.keep_alive()
            client.connection.write(encoded(Opcode.TEXT, text, masked=True))
            client.flow_control.bound_waiting()
        case client_messages.Finalize(channel=channel):
            if client.session.finalize(channel):
                client.connection.write(finalize_frame(channel))
            client.flow_control.bound_waiting()
        case client_messages.Configure(changes=changes):
            client.session.keep_alive()
            wanted = configured(client.options, changes)
            if wanted is not None:
                client.options = wanted
                client.connection.write(encoded(Opcode.TEXT, text, masked=True))
            client.flow_control.bound_waiting()
            client.reply(live_messages.configure_answer(done=wanted is not None))
        case client_messages.Malformed(message=wrong):
            client.session.keep_alive()
            client.reply(live_messages.schema_error(wrong))
