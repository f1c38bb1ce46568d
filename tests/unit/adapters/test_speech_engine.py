"""When the speech engine takes no further session."""

import asyncio

import attrs
import pytest

from tests.servers.speech import SESSION

from adapters.memory.clock import ManualClock
from adapters.speech import worker_messages
from adapters.speech.engine import SpeechEngine
from adapters.speech.worker_stream import WorkerStream
from aldea_core.domain.errors import EngineBusy
from aldea_core.domain.transcripts.options import LiveOptions, LiveRequest
from aldea_core.domain.transcripts.transcripts import Model


MODEL = Model("a model", "1", "none", "u")


@attrs.define
class AWorker:
    """Takes two sessions, has one, and never looks at its audio."""

    measured: dict[str, float]
    load: int = 1
    is_alive: bool = True
    ready: worker_messages.Ready = worker_messages.Ready(2, frozenset({"en"}))

    def open(self, message):
        return 2, asyncio.Queue()

    async def say(self, number, message):
        pass

    def drop(self, number):
        pass


def an_engine(worker: AWorker, clock: ManualClock) -> SpeechEngine:
    engine = SpeechEngine(
        "none:None",
        {},
        model=MODEL,
        languages=None,
        workers=1,
        capacity=None,
        max_file_seconds=60,
        clock=clock,
    )
    engine._workers = [worker]
    return engine


async def is_refused(measured: dict[str, float], waits: float, load: int = 1) -> bool:
    """Whether a second session is refused while the audio of the first has waited."""
    clock = ManualClock()
    worker = AWorker(measured, load)
    engine = an_engine(worker, clock)
    first = WorkerStream(worker, 1, asyncio.Queue(), MODEL, clock)
    engine._streams.add(first)
    await first.send(bytes(3200))
    clock.advance(waits)
    try:
        second = await engine.open(LiveRequest(SESSION, LiveOptions()))
    except EngineBusy:
        return True
    else:
        await second.abort()
        return False
    finally:
        await first.abort()


@pytest.mark.parametrize(
    ("lag", "waits", "refused"), [(0.0, 1.9, False), (0.0, 2.1, True), (2.1, 0.0, True)]
)
async def test_session_is_refused_while_the_engine_is_late(lag, waits, refused):
    """With results, or with audio that waits."""
    assert await is_refused({"lag": lag}, waits) == refused


async def test_late_engine_with_few_sessions_takes_more():
    assert not await is_refused({"lag": 2.1}, 2.1, load=0)


async def test_engine_that_does_not_measure_its_lag_is_not_called_late():
    assert not await is_refused({}, 60.0)
