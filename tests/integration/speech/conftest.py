"""Engines that are shared by tests that only transcribe."""

import pytest_asyncio

from tests.servers.speech import Transcriber

from adapters.memory.clock import ManualClock
from adapters.pocketsphinx.engine import pocketsphinx_engine
from adapters.whisper.engine import whisper_engine
from adapters.whisper.models import bundled_folder


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def transcriber():
    engine = pocketsphinx_engine(workers=2, capacity=16, max_file_seconds=600, clock=ManualClock())
    await engine.start()
    yield Transcriber(engine)
    await engine.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def whisper():
    """Whisper with the weights that are installed."""
    folder = bundled_folder()
    assert folder is not None
    engine = whisper_engine(
        model_dir=str(folder), capacity=16, max_file_seconds=3600, clock=ManualClock()
    )
    await engine.start()
    yield Transcriber(engine)
    await engine.close()
