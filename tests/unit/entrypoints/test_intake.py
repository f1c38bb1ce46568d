"""Flow control of a client's frames."""

import asyncio

import pytest

from tests.contract.values import NOW

from adapters.memory.clock import ManualClock
from aldea_core.domain.live.bounds import Bounds
from aldea_core.domain.live.endings import Ending
from aldea_core.protocol.websocket import Frame, Opcode, WebSocketError, encoded
from entrypoints.ws_proxy.flow_control import Holds
from entrypoints.ws_proxy.intake import FRAMES_AT_ONCE, LARGEST_TEXT, Intake


PONG = encoded(Opcode.PONG, b"", masked=True)
TINY = encoded(Opcode.BINARY, b"ab", masked=True)
LARGE = encoded(Opcode.BINARY, bytes(3200), masked=True)


class Transport(asyncio.Transport):
    """Whether it is read."""

    is_read = True

    def write(self, data: bytes) -> None:
        pass

    def pause_reading(self) -> None:
        self.is_read = False

    def resume_reading(self) -> None:
        self.is_read = True

    def is_closing(self) -> bool:
        return False


class Stage:
    def __init__(self, **bounds: float) -> None:
        self.clock = ManualClock(NOW)
        self.transport = Transport()
        self.frames: list[Frame] = []
        self.endings: list[Ending] = []
        holds = Holds()
        holds.attach(self.transport)
        self.intake = Intake(
            largest=2**20,
            bounds=Bounds(**bounds),
            clock=self.clock,
            holds=holds,
            said=self.said,
            end=self.endings.append,
        )

    def said(self, frame: Frame) -> None:
        self.frames.append(frame)

    async def turns(self, most: int = 1_000_000) -> list[int]:
        """How many frames were looked into in each turn of the loop, until it reads again."""
        counts = []
        while not self.transport.is_read and len(counts) < most:
            before = len(self.frames)
            await asyncio.sleep(0)
            counts.append(len(self.frames) - before)
        return counts


async def test_frames_are_handled_in_small_batches():
    """
    All of them and in order; the client is not read meanwhile.
    """
    stage = Stage(messages=1e9)
    pings = [encoded(Opcode.PING, str(n).encode(), masked=True) for n in range(5000)]
    stage.intake.feed(b"".join(pings))

    assert len(stage.frames) == FRAMES_AT_ONCE
    assert not stage.transport.is_read
    assert max(await stage.turns()) <= FRAMES_AT_ONCE
    assert [int(frame.payload) for frame in stage.frames] == list(range(5000))


async def test_incomplete_frames_wait_for_their_rest():
    stage = Stage(messages=1e9)
    data = LARGE * 200
    for at in range(0, len(data), 1000):
        stage.intake.feed(data[at : at + 1000])
    await stage.turns()

    assert [len(frame.payload) for frame in stage.frames] == [3200] * 200
    assert stage.intake.is_between_frames


async def test_audio_before_a_protocol_error_is_kept():
    stage = Stage()
    stage.intake.feed(LARGE + PONG + b"\xff\xff" + LARGE)

    assert [frame.opcode for frame in stage.frames] == [Opcode.BINARY, Opcode.PONG]
    assert stage.endings == [Ending.BAD_FRAME]
    stage.intake.feed(LARGE)
    assert len(stage.frames) == 2
    assert stage.transport.is_read  # its leaving is to be noticed


@pytest.mark.parametrize(("data", "rate"), [(PONG, 100), (TINY, 1000)])
async def test_frames_over_the_budget_wait(data, rate):
    """
    A burst of ten seconds' worth, and then as many as the rate allows.
    """
    stage = Stage(messages=100)
    stage.intake.feed(data * 20_000)
    await stage.turns(400)
    burst = len(stage.frames)

    assert rate * 10 <= burst <= rate * 10 + FRAMES_AT_ONCE
    assert not stage.transport.is_read
    stage.clock.advance(1)
    stage.intake._resume()
    await stage.turns(400)
    assert abs(len(stage.frames) - burst - rate) <= FRAMES_AT_ONCE


async def test_large_audio_needs_no_budget():
    stage = Stage(messages=1)
    stage.intake.feed(LARGE * 2000)
    await stage.turns()

    assert len(stage.frames) == 2000


async def test_flooding_client_is_closed():
    """
    After its allowance, not after one burst.
    """
    stage = Stage(messages=100, patience=10)
    stage.intake.feed(PONG * 1500)
    await stage.turns(100)
    stage.clock.advance(60)
    stage.intake._resume()
    await stage.turns(100)
    assert (len(stage.frames), stage.endings) == (1500, [])
    stage.clock.advance(60)
    for _ in range(12):
        stage.intake.feed(PONG * 5000)
        await stage.turns(100)
        stage.clock.advance(1)
        stage.intake._resume()
    assert stage.endings == [Ending.TOO_MANY_MESSAGES]


async def test_small_audio_frames_wait_but_are_never_closed():
    """
    Clients may cut a file into frames of any size.
    """
    stage = Stage(messages=1, patience=0)
    for _ in range(50):
        stage.intake.feed(TINY * 100)
        await stage.turns(10)
        stage.clock.advance(1)
        stage.intake._resume()

    assert stage.endings == []


async def test_counted_audio_waits_too():
    stage = Stage(messages=1)
    assert not stage.intake.is_small_audio(3200, 3208)
    assert stage.intake.is_small_audio(200, 800)
    assert stage.transport.is_read
    assert stage.intake.is_small_audio(2, 8)
    assert not stage.transport.is_read


async def test_large_text_ends_the_stream():
    stage = Stage()
    stage.intake.feed(encoded(Opcode.TEXT, bytes(LARGEST_TEXT), masked=True))
    stage.intake.feed(encoded(Opcode.TEXT, bytes(LARGEST_TEXT + 1), masked=True))

    assert stage.endings == [Ending.FRAME_TOO_LARGE]


async def test_frame_handler_may_stop_early():
    stage = Stage()

    def said(_: Frame) -> None:
        raise WebSocketError(1007)

    stage.intake._said = said
    stage.intake.feed(PONG)

    assert stage.endings == [Ending.BAD_TEXT]
