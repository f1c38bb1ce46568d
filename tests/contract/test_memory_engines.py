"""The memory engine keeps the contracts of engines."""

import pytest

from tests.contract.engines import FileEngineContract, LiveEngineContract

from adapters.memory.clock import ManualClock
from adapters.memory.engines import MemoryEngine


class _MemoryEngine:
    @pytest.fixture
    def engine(self):
        return MemoryEngine(ManualClock(), capacity=1)

    @pytest.fixture
    def audio(self):
        return bytes(range(256)) * 375  # three seconds


class TestMemoryFileEngine(_MemoryEngine, FileEngineContract):
    pass


class TestMemoryLiveEngine(_MemoryEngine, LiveEngineContract):
    pass
