"""Files: billed by their answer, bounded while they are read."""

import pytest

from tests.contract.values import ORG, known_key

from adapters.memory.clock import ManualClock
from adapters.memory.engines import MemoryEngine
from adapters.memory.leases import MemoryLeases
from adapters.memory.usage import DirectUsageLog, MemoryUsageLedger
from aldea_core.domain.callers import Caller
from aldea_core.domain.errors import EmptyAudio, EngineBusy, TooLarge, UndecodableAudio
from aldea_core.domain.ids import SessionId, TaskId
from aldea_core.domain.limits import Kind, Limits, Standing
from aldea_core.domain.listening import FileListening, FileRequest
from aldea_core.use_cases.close_session import CloseSession
from aldea_core.use_cases.open_session import OpenSession
from aldea_core.use_cases.transcribe import Transcribe


SECOND = bytes(32_000)


class World:
    def __init__(self, capacity: int = 10) -> None:
        self.clock = ManualClock()
        self.leases, self.ledger = MemoryLeases(), MemoryUsageLedger()
        close = CloseSession(self.leases, MemoryLeases(), DirectUsageLog(self.ledger), self.clock)
        self.open = OpenSession(self.leases, MemoryLeases(), self.clock, TaskId("task"))
        self.transcribe = Transcribe(MemoryEngine(self.clock, capacity=capacity), close)
        self.read = 0

    async def body(self, chunks):
        for chunk in chunks:
            self.read += 1
            yield chunk

    async def __call__(self, chunks, **limits):
        caller = Caller(known_key(), Standing(Limits(**limits)))
        opened = await self.open(caller, Kind.FILE, SessionId("s1"))
        request = FileRequest(SessionId("s1"), FileListening(tags=("t",)))
        return await self.transcribe(caller, opened.lease, request, self.body(chunks))

    async def record(self):
        (record,) = await self.ledger.sessions(ORG)
        assert await self.leases.open(ORG, at=self.clock.now()) == []
        return record


async def test_an_answer_is_billed():
    """
    By the audio the engine measured.
    """
    world = World()
    answer = await world([SECOND, SECOND, SECOND[:16_000]])

    record = await world.record()
    assert answer.audio_ms == 2500
    assert (record.audio_ms, record.status, record.kind) == (2500, 200, Kind.FILE)
    assert record.tags == ("t",)


@pytest.mark.parametrize(
    ("chunks", "limits", "error", "status"),
    [
        ([], {}, EmptyAudio, 422),
        ([b"noise"], {}, UndecodableAudio, 400),
        ([SECOND] * 3, {"max_upload_bytes": 64_000}, TooLarge, 413),
        ([SECOND] * 3, {"max_file_seconds": 2}, TooLarge, 413),
    ],
)
async def test_what_has_no_answer_is_not_billed(chunks, limits, error, status):
    """
    Its place is free, and why it failed is on record.
    """
    world = World()
    with pytest.raises(error):
        await world(chunks, **limits)

    record = await world.record()
    assert (record.audio_ms, record.status) == (0, status)


async def test_a_full_engine():
    """
    Reads nothing, and bills nothing.
    """
    world = World(capacity=0)
    with pytest.raises(EngineBusy):
        await world([SECOND])

    assert world.read == 0
    assert (await world.record()).status == 503


async def test_too_much_is_noticed_while_it_is_read():
    """
    Not after: an endless upload ends at the limit.
    """
    world = World()
    with pytest.raises(TooLarge, match="max_upload_bytes"):
        await world([SECOND] * 1000, max_upload_bytes=100_000)

    assert world.read == 4
