"""Engines that are shared by tests that only transcribe."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest_asyncio

from tests.servers.recordings import multilingual_weights, weights
from tests.servers.speech import Transcriber

from adapters.memory.clock import ManualClock
from adapters.pocketsphinx.engine import pocketsphinx_engine
from adapters.whisper.engine import whisper_engine


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def transcriber():
    engine = pocketsphinx_engine(workers=2, capacity=16, max_file_seconds=600, clock=ManualClock())
    await engine.start()
    yield Transcriber(engine)
    await engine.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def whisper():
    """Whisper with the weights of `tiny.en`."""
    async with a_whisper(weights()) as transcriber:
        yield transcriber


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def multilingual():
    """Whisper with the weights of `base`, which knows 99 languages."""
    async with a_whisper(multilingual_weights()) as transcriber:
        yield transcriber


@asynccontextmanager
async def a_whisper(folder: Path) -> AsyncIterator[Transcriber]:
    engine = whisper_engine(
        model_dir=str(folder), capacity=16, max_file_seconds=3600, clock=ManualClock()
    )
    await engine.start()
    yield Transcriber(engine)
    await engine.close()
