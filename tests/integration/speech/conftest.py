"""The bundled engine with two workers, shared by tests that only transcribe."""

import pytest_asyncio

from tests.servers.speech import Transcriber

from adapters.memory.clock import ManualClock
from adapters.pocketsphinx.engine import pocketsphinx_engine


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def transcriber():
    engine = pocketsphinx_engine(workers=2, capacity=16, max_file_seconds=600, clock=ManualClock())
    await engine.start()
    yield Transcriber(engine)
    await engine.close()
