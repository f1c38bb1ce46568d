"""The speech engine keeps the contracts of engines, with each recogniser in its worker."""

import pytest
import pytest_asyncio

from tests.contract.engines import FileEngineContract, LiveEngineContract
from tests.servers.speech import SAMPLES, pcm_of

from adapters.memory.clock import ManualClock
from adapters.pocketsphinx.engine import pocketsphinx_engine
from adapters.whisper.engine import whisper_engine
from adapters.whisper.models import bundled_folder


pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(scope="module", loop_scope="session", params=["pocketsphinx", "whisper"])
async def engine(request):
    bounds = {"capacity": 1, "max_file_seconds": 60, "clock": ManualClock()}
    if request.param == "whisper":
        engine = whisper_engine(model_dir=str(bundled_folder()), **bounds)
    else:
        engine = pocketsphinx_engine(workers=1, **bounds)
    await engine.start()
    yield engine
    await engine.close()


class TestSpeechFileEngine(FileEngineContract):
    @pytest.fixture
    def audio(self):
        return (SAMPLES / "hello.wav").read_bytes()


class TestSpeechLiveEngine(LiveEngineContract):
    @pytest.fixture
    def audio(self):
        return pcm_of("hello")
