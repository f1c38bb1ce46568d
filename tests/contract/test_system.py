"""Clocks, randomness and tracers keep their contracts: those in memory, and the real ones."""

import time

import pytest

from tests.contract.clock import ClockContract
from tests.contract.randomness import RandomnessContract
from tests.contract.tracing import TracerContract
from tests.servers.collector import collector

from adapters.memory.clock import ManualClock
from adapters.memory.randomness import SeededRandomness
from adapters.memory.tracing import NoTracer
from adapters.opentelemetry.tracing import OtelTracer
from adapters.system.clock import SystemClock
from adapters.system.randomness import SystemRandomness


class TestManualClock(ClockContract):
    @pytest.fixture
    def clock(self):
        return ManualClock()

    @pytest.fixture
    def pass_time(self, clock):
        return lambda: clock.advance(1)


class TestSystemClock(ClockContract):
    @pytest.fixture
    def clock(self):
        return SystemClock()

    @pytest.fixture
    def pass_time(self):
        return lambda: time.sleep(0.01)


class TestSeededRandomness(RandomnessContract):
    @pytest.fixture
    def randomness(self):
        return SeededRandomness()


class TestSystemRandomness(RandomnessContract):
    @pytest.fixture
    def randomness(self):
        return SystemRandomness()


class TestNoTracer(TracerContract):
    @pytest.fixture
    def tracer(self):
        return NoTracer()


class TestOtelTracer(TracerContract):
    @pytest.fixture
    async def tracer(self):
        with collector() as found:
            tracer = OtelTracer("tests", found.url)
            yield tracer
            await tracer.close()
