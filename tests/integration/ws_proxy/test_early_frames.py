"""Clients that send frames without waiting for the answer to their handshake."""

import asyncio
import json

import pytest

from tests.integration.ws_proxy.test_bad_clients import BINARY, TEXT, frame
from tests.servers.gateway import PATHS
from tests.servers.raw import read_answer

from aldea_core.protocol.websocket import FrameReader, Opcode


SECOND = bytes(32_000)
FINISHED = frame(TEXT, b'{"type":"CloseStream"}')
HEAD = (
    "GET /v1/listen?encoding=linear16&sample_rate=16000{query} HTTP/1.1\r\n{more}Host: aldea\r\n"
    "Authorization: Token {key}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
# The HTTP library reads a head in which a name comes twice.
HEADS = {"usual head": "", "unusual head": "X-A: 1\r\nX-A: 2\r\n"}


@pytest.mark.parametrize("more", HEADS.values(), ids=HEADS)
async def test_early_audio_is_transcribed(handler, more):
    """
    All of it: what came with the head, what came before the answer, however much, and what follows.
    """
    async with handler() as served:
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        head = HEAD.format(query="", more=more, key=served.key).encode()
        writer.write(head + frame(BINARY, SECOND))
        await asyncio.sleep(0.001)
        for _ in range(8):
            writer.write(frame(BINARY, SECOND))
        await reader.readuntil(b"\r\n\r\n")
        writer.write(frame(BINARY, SECOND) + FINISHED)
        frames = FrameReader(masked=False, largest=2**20)
        said = []
        while not said or said[-1]["type"] != "Metadata":
            found = frames.feed(await reader.read(65_536))
            said += [json.loads(each.payload) for each in found if each.opcode == Opcode.TEXT]
        writer.close()

    assert said[-1]["duration"] == 10


async def test_frames_behind_a_refused_handshake_are_no_request():
    """
    There is one answer, and the connection ends.
    """
    async with PATHS["message by message"]() as served:
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        head = HEAD.format(query="&endpointing=soon", more="", key=served.key)
        writer.write(head.encode() + frame(BINARY, SECOND))
        answer = await read_answer(reader)
        writer.close()

    assert answer.status == 400
    assert "endpointing" in answer.json()["err_msg"]
    assert answer.headers["connection"] == "close"
