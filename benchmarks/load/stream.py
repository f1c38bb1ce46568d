"""One live stream of the load, and the counters of all streams."""

import json
import time

from array import array
from collections import Counter
from typing import Any

from picows import WSFrame, WSListener, WSMsgType, WSTransport


_BYTES_PER_SECOND = 32_000
_UNDER_WAY = 512  # frames whose time of sending is kept


class Load:
    """
    Attributes:
        count: Results received.
        latencies: Seconds from sending a frame to the result that ends with it.
        running: Whether results are counted; afterwards only the final metadata are read.
        stopping: Whether sending has stopped.
        late: Seconds by which frames were sent too late.
        closes: Streams closed by the other side, by code and reason.
        ended: Streams that have ended, for any reason.
    """

    def __init__(self, frame_bytes: int, *, paced: bool) -> None:
        self.frame = b"\x01\x02" * (frame_bytes // 2)
        self.paced = paced
        self.running = True
        self.stopping = False
        self.count = self.sent = self.ended = 0
        self.closes: Counter[str] = Counter()
        self.latencies = array("d")
        self.late = array("d")
        self.streams: list[Stream] = []

    def found(self) -> dict[str, Any]:
        sorted_ = sorted(self.latencies)
        late = sorted(self.late)
        return {
            "count": self.count,
            "sent": self.sent,
            "closed": self.closes.total(),
            "closes": dict(sorted(self.closes.items())),
            "lost": sum(stream.lost for stream in self.streams),
            "samples": len(sorted_),
            "late_p99": _at(late, 0.99),
            **{
                name: _at(sorted_, share)
                for name, share in (("p50", 0.5), ("p99", 0.99), ("p999", 0.999), ("most", 1.0))
            },
        }


class Stream(WSListener):
    """
    Attributes:
        received: Frames received by the engine, as it reports at the end.
    """

    def __init__(self, load: Load) -> None:
        self.load = load
        self.times = array("d", bytes(8 * _UNDER_WAY)) if load.paced else None
        self.sent = 0
        self.received: int | None = None
        self.over = False

    @property
    def lost(self) -> int:
        """Frames sent and not received by an engine; all frames if the engine has not reported."""
        return self.sent - (self.received or 0) if self.over else self.sent

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        if not self.over:
            self.over = True
            self.load.ended += 1

    def send(self) -> None:
        if self.times is not None:
            self.times[self.sent % _UNDER_WAY] = time.perf_counter()
        self.sent += 1
        self.load.sent += 1
        self.transport.send(WSMsgType.BINARY, self.load.frame)

    def end(self) -> None:
        if not self.over:
            self.transport.send(WSMsgType.TEXT, b'{"type":"CloseStream"}')

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        load = self.load
        if frame.msg_type == WSMsgType.CLOSE:
            if load.running:
                load.closes[_why(frame.get_payload_as_bytes())] += 1
            transport.disconnect()
            return
        if frame.msg_type == WSMsgType.PING:
            transport.send_pong(frame.get_payload_as_bytes())
            return
        if frame.msg_type != WSMsgType.TEXT:
            return
        if not load.running:
            self._ended(frame.get_payload_as_bytes())
            return
        load.count += 1
        if self.times is None:
            if not load.stopping:
                self.send()
        else:
            frames = self._frames_until(frame.get_payload_as_bytes())
            load.latencies.append(time.perf_counter() - self.times[(frames - 1) % _UNDER_WAY])

    def _frames_until(self, result: bytes) -> int:
        """Number of frames up to the end of a result."""
        return self._frames(_number(result, b'"start":') + _number(result, b'"duration":'))

    def _ended(self, text: bytes) -> None:
        if b'"Metadata"' in text:
            self.received = self._frames(json.loads(text)["duration"])

    def _frames(self, seconds: float) -> int:
        return round(seconds * _BYTES_PER_SECOND / len(self.load.frame))


def _why(close: bytes) -> str:
    """Code and reason of a close frame (RFC 6455, 5.5.1), without the explanation."""
    code = int.from_bytes(close[:2])
    return f"{code} {close[2:].decode().partition(':')[0]}".strip()


def _number(text: bytes, name: bytes) -> float:
    at = text.index(name) + len(name)
    return float(text[at : text.index(b",", at)])


def _at(found: list[float], share: float) -> float | None:
    """A quantile of sorted seconds, in milliseconds."""
    return found[min(len(found) - 1, int(len(found) * share))] * 1000 if found else None
