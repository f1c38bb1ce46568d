"""Engines behind HTTP keep the contract of file engines, in both dialects and behind a pool."""

import attrs
import pytest

from tests.contract.engines import FileEngineContract
from tests.servers.gateway import MEMORY, gateway

from adapters.gpu_http.file import GpuHttpFile
from adapters.gpu_http.openai import OpenAiFile
from adapters.gpu_http.pool import EnginePool, PoolMember
from adapters.gpu_http.target import Target, new_client
from adapters.system.clock import SystemClock
from adapters.system.randomness import SystemRandomness
from aldea_core.domain.access.limits import Limits


@pytest.fixture
async def behind():
    """A server of ours whose engine takes one file at once."""
    settings = attrs.evolve(MEMORY, engine_token="between-us", bundled_capacity=1)
    async with gateway(settings, is_engine=True) as server:
        yield server


@pytest.fixture
def audio():
    return bytes(range(256)) * 375  # three seconds


class TestGpuHttpFile(FileEngineContract):
    @pytest.fixture
    def engine(self, behind):
        engine = GpuHttpFile(Target.parse(behind.url, "between-us"))
        yield engine
        engine.close()


class TestOpenAiFile(FileEngineContract):
    """Before a gateway of ours, which takes one file of its key at once."""

    @pytest.fixture
    async def engine(self):
        async with (
            gateway(MEMORY, Limits(concurrent_files=1, requests_per_minute=None)) as server,
            new_client() as client,
        ):
            target = Target.parse(f"openai+{server.url}", server.key)
            yield OpenAiFile(target, client, SystemClock())


class TestEnginePool(FileEngineContract):
    @pytest.fixture
    async def engine(self, behind):
        target = Target.parse(behind.url, "between-us")
        member = PoolMember(target, True, GpuHttpFile(target), 10)
        async with new_client() as client:
            pool = EnginePool([member], client, SystemClock(), SystemRandomness(), most_kept=2**20)
            yield pool
            await pool.close()
