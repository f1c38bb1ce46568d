"""Opus packets through a relayed stream: one message each, whatever happens on the way."""

import asyncio

from tests.servers.relay import KEY, FrameConnection, Stage, audio_frame, result, text_frame

from aldea_core.domain.live.endings import Ending
from aldea_core.domain.transcripts.options import LiveOptions
from aldea_core.protocol.websocket import FrameReader, Opcode, unmasked


OPTIONS = LiveOptions(opus_channels=1)
BOUNDS = {"idle": 1000, "lead": 1e9, "longest": 1e6}


def packet(n: int, size: int = 60) -> bytes:
    """One of 20 ms."""
    return bytes([19 << 3]) + n.to_bytes(2) * (size // 2)


def sent(connection: FrameConnection) -> list[bytes]:
    frames = FrameReader(masked=True, largest=2**21).feed(bytes(connection.written))
    assert all(frame.is_last for frame in frames)
    return [frame.payload for frame in frames if frame.opcode == Opcode.BINARY]


def fragment(payload: bytes, *, opcode: int, is_last: bool) -> bytes:
    head = bytes([opcode | (0x80 if is_last else 0), 0x80 | len(payload)])
    return head + KEY + unmasked(payload, KEY)


async def test_packet_in_fragments_is_one_message():
    stage = Stage(options=OPTIONS, **BOUNDS)
    whole = packet(7)
    stage.client_says(
        fragment(whole[:10], opcode=2, is_last=False)
        + fragment(whole[10:50], opcode=0, is_last=False)
        + fragment(whole[50:], opcode=0, is_last=False)
        + fragment(b"", opcode=0, is_last=True)
        + audio_frame(packet(8))
    )

    assert sent(stage.connection) == [whole, packet(8)]


async def test_empty_message_closes_the_stream():
    stage = Stage(options=OPTIONS, **BOUNDS)
    stage.client_says(audio_frame(packet(1)) + fragment(b"", opcode=2, is_last=True))

    assert b"CloseStream" in stage.connection.written or stage.session.awaits_answer


async def test_next_engine_gets_whole_packets_from_where_results_are_final():
    """
    And 100 ms before it, in which a decoder converges; times go on.
    """
    second = FrameConnection()
    stage = Stage(options=OPTIONS, more=[second], **BOUNDS)
    packets = [packet(n, size=40 + n % 7 * 2) for n in range(150)]
    for one in packets:
        stage.client_says(audio_frame(one))
    stage.engine_says(text_frame(result(0, is_final=True)))  # of the first second
    stage.connection.receiver.connection_lost(None)
    while stage.engines.connections:
        await asyncio.sleep(0)
    await asyncio.sleep(0)

    assert sent(second) == packets[45:]
    assert stage.session.offset == 0.9
    stage.relay.end(Ending.CLIENT_LEFT)
