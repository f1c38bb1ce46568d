"""Whether load balancers send traffic to an engine."""

import pytest

from aiohttp.test_utils import TestClient, TestServer
from tests.servers.gateway import MEMORY

from adapters.memory.engines import MemoryEngine
from entrypoints.containers.services import Services
from entrypoints.http.app import new_app


@pytest.mark.parametrize(("capacity", "status"), [(4, 200), (0, 503)])
async def test_engine_without_workers_is_not_ready(capacity, status):
    """
    It lives: its workers start again.
    """
    stores = Services(MEMORY).stores
    app = new_app(
        stores.randomness(),
        stores.clock(),
        stores.metrics(),
        lambda: True,
        engine=MemoryEngine(stores.clock(), capacity=capacity),
    )
    async with TestClient(TestServer(app)) as client:
        assert (await client.get("/readyz")).status == status
        assert (await client.get("/healthz")).status == 200
