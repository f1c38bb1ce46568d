"""What a service does with Python's garbage collector."""

import asyncio
import gc

import pytest

from entrypoints.services.platform import FRONTEND, serve
from entrypoints.settings import Settings


@pytest.fixture
def usual_collections():
    """As a new process has them; the tests' own are back afterwards."""
    thresholds, frozen = gc.get_threshold(), gc.get_freeze_count()
    gc.unfreeze()
    yield
    gc.unfreeze()
    if frozen:
        gc.freeze()
    gc.set_threshold(*thresholds)


async def test_collections_leave_out_what_a_service_has_from_its_start(usual_collections):
    """
    Each full collection would visit all modules while requests wait.
    """
    settings = Settings(backend_url="http://127.0.0.1:9", metrics_port=0)
    service = asyncio.create_task(serve(FRONTEND, settings, host="127.0.0.1", port=0))
    try:
        async with asyncio.timeout(30):
            while not (gc.get_freeze_count() or service.done()):
                await asyncio.sleep(0.01)
    finally:
        service.cancel()
        await asyncio.gather(service, return_exceptions=True)

    assert gc.get_freeze_count() > 100_000
