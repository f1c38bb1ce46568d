"""The ways of a live stream through the gateway."""

import pytest

from tests.servers.gateway import PATHS


@pytest.fixture(params=list(PATHS))
def handler(request):
    """The fast path and the fallback of live streams, between which clients see no difference."""
    return PATHS[request.param]
