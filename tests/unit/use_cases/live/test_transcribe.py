"""Files: billed by the response, bounded while they are read."""

import pytest

from tests.contract.values import ORG, known_key
from tests.servers.ledgers import sessions_of

from adapters.memory.clock import ManualClock
from adapters.memory.engines import MODEL, MemoryEngine
from adapters.memory.keystore import MemoryKeystore
from adapters.memory.leases import MemoryLeases
from adapters.memory.usage import DirectUsageLog, MemoryUsageLedger
from aldea_core.domain.access.callers import Caller
from aldea_core.domain.access.limits import Entitlements, Limits, SessionKind
from aldea_core.domain.access.orgs import OrgSnapshot
from aldea_core.domain.errors import BadRequest, EmptyAudio, EngineBusy, TooLarge, UndecodableAudio
from aldea_core.domain.ids import SessionId, TaskId
from aldea_core.domain.live.endings import Ending, SessionEnded
from aldea_core.domain.transcripts.audio import RawFormat
from aldea_core.domain.transcripts.options import FileOptions, FileRequest
from aldea_core.ports.engines import FileAnswer, FileEngine
from aldea_core.use_cases.live.close_session import CloseSession
from aldea_core.use_cases.live.extend_lease import ExtendLease
from aldea_core.use_cases.live.open_session import OpenSession
from aldea_core.use_cases.live.transcribe import Transcribe


SECOND = bytes(32_000)


_OPTIONS = FileOptions(tags=("t",))


class World:
    is_capped = False

    def __init__(self, capacity: int = 10, engine: FileEngine | None = None) -> None:
        self.mirror = MemoryKeystore()
        self.clock = ManualClock()
        self.leases, self.ledger = MemoryLeases(), MemoryUsageLedger()
        extend = ExtendLease(self.mirror, self.leases, self.clock)
        log = DirectUsageLog(self.ledger)
        close = CloseSession(self.leases, MemoryLeases(), log, self.clock, extend)
        self.open = OpenSession(self.leases, MemoryLeases(), self.clock, TaskId("task"))
        engine = engine or MemoryEngine(self.clock, capacity=capacity)
        self.transcribe = Transcribe(engine, close, extend)
        self.read = 0

    async def body(self, chunks):
        for chunk in chunks:
            self.read += 1
            yield chunk

    async def __call__(self, chunks, *, options=_OPTIONS, reserved_ms=10_000, size=None, **limits):
        entitlements = Entitlements(Limits(**limits), is_capped=self.is_capped)
        await self.mirror.put(OrgSnapshot(ORG, entitlements))
        caller = Caller(known_key(), entitlements)
        opened = await self.open(caller, SessionKind.FILE, SessionId("s1"), reserved_ms)
        request = FileRequest(SessionId("s1"), options, size=size)
        return await self.transcribe(caller, opened.lease, request, self.body(chunks))

    async def record(self):
        (record,) = await sessions_of(self.ledger, ORG)
        assert await self.leases.open(ORG, at=self.clock.now()) == []
        return record


async def test_response_is_billed_by_the_engines_duration():
    world = World()
    answer = await world([SECOND, SECOND, SECOND[:16_000]])

    record = await world.record()
    assert answer.audio_ms == 2500
    assert (record.audio_ms, record.status, record.kind) == (2500, 200, SessionKind.FILE)
    assert record.tags == ("t",)


class Claiming(FileEngine):
    """An engine that says that every file is as long, and has as many channels."""

    def __init__(self, audio_ms: int, channels: int = 1) -> None:
        self.answer = FileAnswer(b"{}", audio_ms, channels)

    async def transcribe(self, _request, body):
        async for _ in body:
            pass
        return self.answer


YEARS = 10**12


@pytest.mark.parametrize(
    ("engine", "options", "billed"),
    [
        (Claiming(YEARS), FileOptions(), 1_600_000),
        (Claiming(YEARS, 10**12), FileOptions(multichannel=True), 1_600_000),
        (Claiming(2001), FileOptions(), 2001),
        (Claiming(2001), FileOptions(raw=RawFormat()), 2000),
        (Claiming(1001), FileOptions(raw=RawFormat(channels=2), multichannel=True), 2000),
    ],
    ids=["years", "channels", "container", "rounded", "rounded channels"],
)
async def test_engine_cannot_claim_more_than_the_bytes_can_hold(engine, options, billed):
    """
    What it says of a container that can be so long, and rounds of raw audio, is no failure.
    """
    world = World(engine=engine)
    answer = await world([SECOND, SECOND], options=options, max_file_seconds=2 * 10**9)

    record = await world.record()
    assert (record.audio_ms, record.status) == (billed, 200)
    assert answer.audio_ms == billed // record.channels


async def test_raw_audio_that_the_engine_finds_longer_is_refused():
    world = World(engine=Claiming(YEARS))
    with pytest.raises(UndecodableAudio):
        await world([SECOND], options=FileOptions(raw=RawFormat()), max_file_seconds=2 * 10**9)

    record = await world.record()
    assert (record.audio_ms, record.status) == (0, 400)


@pytest.mark.parametrize(
    ("chunks", "limits", "error", "status"),
    [
        ([], {}, EmptyAudio, 422),
        ([b"noise"], {}, UndecodableAudio, 400),
        ([SECOND] * 3, {"max_upload_bytes": 64_000}, TooLarge, 413),
        ([SECOND] * 3, {"max_file_seconds": 2}, TooLarge, 413),
    ],
)
async def test_failed_file_is_not_billed(chunks, limits, error, status):
    """
    Its place is freed, and its error is recorded.
    """
    world = World()
    with pytest.raises(error):
        await world(chunks, **limits)

    record = await world.record()
    assert (record.audio_ms, record.status) == (0, status)


async def test_full_engine_reads_and_bills_nothing():
    world = World(capacity=0)
    with pytest.raises(EngineBusy):
        await world([SECOND])

    assert world.read == 0
    assert (await world.record()).status == 503


async def test_size_limit_holds_while_reading():
    """
    An endless upload ends at the limit.
    """
    world = World()
    with pytest.raises(TooLarge, match="max_upload_bytes"):
        await world([SECOND] * 1000, max_upload_bytes=100_000)

    assert world.read == 4


@pytest.mark.parametrize(("size", "is_read"), [(100_000, True), (100_001, False)])
async def test_declared_size_above_the_limit_is_refused_unread(size, is_read):
    """
    On record, so that it is known how often it was tried.
    """
    world = World()
    try:
        await world([SECOND], size=size, max_upload_bytes=100_000)
    except TooLarge as refused:
        assert "max_upload_bytes allows: 100000 bytes" in str(refused)

    assert (world.read > 0) is is_read
    assert (await world.record()).status == (200 if is_read else 413)


async def test_engines_model_is_billed():
    """
    Not the requested one, which any caller can make up.
    """
    world = World()
    await world([SECOND], options=FileOptions(model="cheap"))

    assert (await world.record()).model == MODEL.name


async def test_audio_beyond_the_reservation():
    """
    Is billed if the quota has it, else refused without being billed or counted.
    """
    world = World()
    await world([SECOND] * 3, reserved_ms=1000, quota_ms=3000)
    assert (await world.record()).audio_ms == 3000

    for is_capped, ending in ((False, Ending.QUOTA_USED), (True, Ending.CAP_REACHED)):
        world = World()
        world.is_capped = is_capped
        with pytest.raises(SessionEnded) as raised:
            await world([SECOND] * 3, reserved_ms=1000, quota_ms=2999)

        assert raised.value.ending is ending
        record = await world.record()
        assert (record.audio_ms, record.status) == (0, 402)
        assert (await world.leases.counts(ORG, at=world.clock.now())).used_ms == 0


async def test_multichannel_is_billed_per_channel():
    """
    Mixed channels count once.
    """
    stereo = RawFormat(channels=2)
    for is_separate, billed in ((True, (2000, 2)), (False, (1000, 1))):
        world = World()
        options = FileOptions(raw=stereo, multichannel=is_separate)
        await world([SECOND, SECOND], options=options)

        record = await world.record()
        assert (record.audio_ms, record.channels) == billed


async def test_options_that_come_with_the_audio_replace_the_first_ones():
    """
    Tags and language of the record are those of the form; the audio is its file.
    """
    world = World()
    entitlements = Entitlements(Limits())
    await world.mirror.put(OrgSnapshot(ORG, entitlements))
    caller = Caller(known_key(), entitlements)
    opened = await world.open(caller, SessionKind.FILE, SessionId("s1"), 10_000)
    known = FileRequest(SessionId("s1"), FileOptions(tags=("before",)))
    wanted = FileRequest(SessionId("s1"), FileOptions(tags=("form",), language="fr"))

    async def receive():
        return wanted, world.body([SECOND])

    answer = await world.transcribe(
        caller, opened.lease, known, world.body([SECOND] * 9), receive=receive
    )

    record = await world.record()
    assert (answer.audio_ms, record.audio_ms) == (1000, 1000)
    assert (record.tags, record.language) == (("form",), "fr")


async def test_form_that_does_not_arrive_is_recorded_and_not_billed():
    world = World()
    entitlements = Entitlements(Limits())
    caller = Caller(known_key(), entitlements)
    opened = await world.open(caller, SessionKind.FILE, SessionId("s1"), 10_000)
    known = FileRequest(SessionId("s1"), _OPTIONS)

    async def receive():
        raise BadRequest("The form is malformed.")

    with pytest.raises(BadRequest):
        await world.transcribe(caller, opened.lease, known, world.body([SECOND]), receive=receive)

    record = await world.record()
    assert (record.audio_ms, record.status) == (0, 400)
    assert world.read == 0
