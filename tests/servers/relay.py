"""A relayed stream between two lists of bytes, without a socket."""

import json
import os

from datetime import UTC, datetime

from adapters.memory.clock import ManualClock
from aldea_core.domain.access.keys import KnownKey
from aldea_core.domain.access.limits import SessionKind
from aldea_core.domain.errors import EngineUnavailable
from aldea_core.domain.live.bounds import Bounds
from aldea_core.domain.live.leases import Lease
from aldea_core.domain.live.sessions import LiveSession
from aldea_core.domain.transcripts.audio import RawFormat
from aldea_core.domain.transcripts.options import LiveOptions, LiveRequest
from aldea_core.domain.transcripts.transcripts import Alternative, Model, Result
from aldea_core.protocol.deepgram import live_messages
from aldea_core.protocol.websocket import FrameReader, Opcode, encoded, unmasked
from entrypoints.ws_proxy.remote_relay import RemoteRelay


NOW = datetime(2026, 1, 1, tzinfo=UTC)
FRAMER = live_messages.Framer("session", Model("m", "1", "a", "u"), NOW)
KEY = os.urandom(4)


class Transport:
    """Takes what is written."""

    def __init__(self):
        self.written = bytearray()
        self.write = self.written.extend

    def is_closing(self):
        return False

    def close(self):
        pass

    def pause_reading(self):
        pass

    def resume_reading(self):
        pass


class FrameConnection:
    """To an engine that is a list of bytes."""

    def __init__(self, *, is_ours=True, is_well=True):
        self.is_ours = is_ours
        self.well = is_well
        self.asked = 0
        self.aborted = self.failed = False
        self.unsent = 0
        self.written = bytearray()
        self.write = self.direct = self.written.extend

    async def is_well(self):
        self.asked += 1
        return self.well

    def attach(self, receiver):
        self.receiver = receiver

    def hold(self, *, held):
        pass

    def abort(self, *, failed=False):
        self.aborted, self.failed = True, failed


class Engines:
    """Give one wire after the other."""

    def __init__(self, *connections):
        self.connections = list(connections)
        self.asked = []

    async def open_frames(self, request):
        self.asked.append(request)
        if not self.connections:
            raise EngineUnavailable
        return self.connections.pop(0)


class Stage:
    """A relay between two lists of bytes."""

    def __init__(self, *, connection=None, more=(), options=None, granted_ms=None, **bounds):
        options = options or LiveOptions(raw=RawFormat())
        clock = ManualClock()
        self.session = LiveSession(
            options.raw, clock.monotonic(), Bounds(**bounds), is_packets=options.is_packets
        )
        self.connection, self.transport = connection or FrameConnection(), Transport()
        self.engines = Engines(*more)
        self.renewals = []
        key = KnownKey("hash", "key", "org")
        self.relay = RemoteRelay(
            session=self.session,
            request=LiveRequest("session", options),
            lease=Lease("session", key, SessionKind.LIVE, "task", NOW, NOW, granted_ms=granted_ms),
            engine=self.engines,
            connection=self.connection,
            clock=clock,
            largest=2**21,
            renew=self.renewals.append,
        )
        self.relay.client.connection_made(self.transport)
        self.relay._engine.attach()

    def client_says(self, data):
        self.relay.client.data_received(data)

    def engine_says(self, data):
        self.connection.receiver.data_received(data)


def audio_frame(payload):
    head = encoded(Opcode.BINARY, payload, masked=True)[: -len(payload) - 4]
    return head + KEY + unmasked(payload, KEY)


def result(n, *, is_final):
    return Result(n, 1.0, Alternative("some words " * 12, 0.5), is_final=is_final)


def text_frame(event):
    return encoded(Opcode.TEXT, FRAMER.frame(event).encode(), masked=False)


def foreign_frame(event):
    """A result as a foreign engine writes it: in Deepgram's order, and without text."""
    said = json.loads(FRAMER.frame(event))
    del said["text"]
    from_finalize = said.pop("from_finalize")
    said["metadata"]["request_id"] = "its own"
    text = json.dumps({**said, "from_finalize": from_finalize}, separators=(",", ":"))
    return encoded(Opcode.TEXT, text.encode(), masked=False)


def texts_in(data):
    """What was said in frames."""
    frames = FrameReader(masked=False, largest=2**21).feed(bytes(data))
    return [json.loads(frame.payload) for frame in frames if frame.opcode == Opcode.TEXT]


def texts_to_engine(data):
    frames = FrameReader(masked=True, largest=2**21).feed(bytes(data))
    return [json.loads(frame.payload) for frame in frames if frame.opcode == Opcode.TEXT]
