"""
An engine that costs next to nothing: `python -m benchmarks.load.engine LIVE FOREIGN FILE` (ports).

At the first port it behaves as one of Aldea's engines, at the second as a foreign one. A line on
standard input, `10 3`, sets which messages are answered with a result, and which results are final:
here each tenth message, and each third result. Streams are answered out of step with each other. A
file is read and discarded. All responses are of the public protocol, and also valid for OpenAI's
clients.
"""

import asyncio
import gc
import itertools
import json
import sys

import uvloop

from picows import (
    WSCloseCode,
    WSFrame,
    WSListener,
    WSMsgType,
    WSTransport,
    WSUpgradeRequest,
    WSUpgradeResponse,
    WSUpgradeResponseWithListener,
    ws_create_server,
)

from benchmarks.machine import OTHER_CORES, use_core


_BYTES_PER_SECOND = 32_000
_UUID = b"30089e05-99d1-4376-b32e-c263170674af"
_RESULT = (
    b'{"type":"Results","text":"hello world","channel_index":[0,1],"duration":%.3f,"start":%.3f,'
    b'"is_final":%s,"speech_final":false,"from_finalize":false,"channel":{"alternatives":['
    b'{"transcript":"hello world","confidence":0.9,"words":[]}]},"metadata":{"request_id":"r",'
    b'"model_info":{"name":"echo","version":"1","arch":"none"},"model_uuid":"' + _UUID + b'"}}'
)
_METADATA = (
    b'{"type":"Metadata","transaction_key":"deprecated","request_id":"r","sha256":"",'
    b'"created":"2026-01-01T00:00:00.000Z","duration":%.3f,"channels":1,"models":["'
    + _UUID
    + b'"],"model_info":{"'
    + _UUID
    + b'":{"name":"echo","version":"1","arch":"none"}}}'
)
_FILE = (
    b'{"text":"hello world","metadata":{"request_id":"r","duration":1.0,"channels":1},"results":'
    b'{"channels":[{"alternatives":[{"transcript":"hello world","confidence":0.9,"words":[]}]}]}}'
)
_ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\naldea-audio-ms: 1000\r\n"
    b"aldea-channels: 1\r\nContent-Length: %d\r\n\r\n" % len(_FILE)
) + _FILE
_HEALTHY = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class Answers:
    """How streams that begin from now on are answered."""

    every = 1
    final = 10
    streams = itertools.count()


class Live(WSListener):
    def __init__(self) -> None:
        self.every, self.final = Answers.every, Answers.final
        # Results of all streams do not fall into the same second, as with real speakers.
        number = next(Answers.streams)
        self.count, self.answers = number % self.every, number // self.every % self.final
        self.received = self.final_to = 0

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.BINARY:
            self.received += frame.payload_size
            self.count += 1
            if self.count >= self.every:
                self.count = 0
                self.answer(transport)
            return
        match frame.msg_type:
            case WSMsgType.TEXT if b"CloseStream" in frame.get_payload_as_bytes():
                transport.send(WSMsgType.TEXT, _METADATA % (self.received / _BYTES_PER_SECOND))
                transport.send_close(WSCloseCode.OK)
            case WSMsgType.PING:
                transport.send_pong(frame.get_payload_as_bytes())
            case WSMsgType.CLOSE:
                transport.send_close(frame.get_close_code())
                transport.disconnect()
            case _:
                pass

    def answer(self, transport: WSTransport) -> None:
        self.answers += 1
        is_final = self.answers % self.final == 0
        start = self.final_to / _BYTES_PER_SECOND
        length = (self.received - self.final_to) / _BYTES_PER_SECOND
        if is_final:
            self.final_to = self.received
        text = _RESULT % (length, start, b"true" if is_final else b"false")
        transport.send(WSMsgType.TEXT, text)


class File(asyncio.Protocol):
    """Just enough HTTP for bodies with a length or in chunks."""

    def __init__(self) -> None:
        self.head = b""
        self.left = 0
        self.chunked = False

    def connection_made(self, transport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        if self.chunked:
            if data.endswith(b"0\r\n\r\n"):
                self.chunked = False
                self.transport.write(_ANSWER)
            return
        if self.left:
            taken = min(self.left, len(data))
            self.left -= taken
            if not self.left:
                self.transport.write(_ANSWER)
            data = data[taken:]
            if not data:
                return
        self.head += data
        end = self.head.find(b"\r\n\r\n")
        if end < 0:
            return
        head, rest, self.head = self.head[:end].lower(), self.head[end + 4 :], b""
        if head.startswith(b"get"):
            self.transport.write(_HEALTHY)
            return
        at = head.find(b"content-length:")
        if at < 0:
            self.chunked = True
        else:
            self.left = int(head[at + 15 :].partition(b"\r\n")[0])
        if rest or not (self.left or self.chunked):
            self.data_received(rest)


def ours(request: WSUpgradeRequest) -> WSUpgradeResponseWithListener | None:
    if request.path == b"/healthz":
        return None  # any status below 500 counts as healthy
    response = WSUpgradeResponse.create_101_response(extra_headers={"aldea-protocol": "1"})
    return WSUpgradeResponseWithListener(response, Live())


def finish() -> None:
    every, final = sys.stdin.readline().split() or (0, 0)
    if every:
        Answers.every, Answers.final = int(every), int(final)
        Answers.streams = itertools.count()
        print(json.dumps("so be it"), flush=True)


async def main(live_port: int, foreign_port: int, file_port: int) -> None:
    loop = asyncio.get_running_loop()
    gc.disable()
    await ws_create_server(ours, "127.0.0.1", live_port, backlog=4096)
    await ws_create_server(lambda _: Live(), "127.0.0.1", foreign_port, backlog=4096)
    await loop.create_server(File, "127.0.0.1", file_port, backlog=4096)
    loop.add_reader(sys.stdin, finish)
    print(json.dumps("ready"), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    use_core(OTHER_CORES)
    uvloop.run(main(*(int(port) for port in sys.argv[1:4])))
