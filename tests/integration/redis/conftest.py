"""Contract fixtures: a fake, one real node, and a real cluster of three."""

import pytest

from fakeredis import FakeAsyncRedis
from tests.servers.redis import mark_filled, redis_cluster, redis_node

from adapters.redis.client import RedisClient, connect


@pytest.fixture(scope="session")
def node():
    with redis_node() as running:
        yield running


@pytest.fixture(scope="session")
def cluster():
    with redis_cluster() as running:
        yield running


@pytest.fixture(params=["fake", "node", "cluster"])
async def client(request):
    """A store that holds nothing, and says that this is all there is."""
    if request.param == "fake":
        client = RedisClient(FakeAsyncRedis(decode_responses=True))
    elif request.param == "node":
        running = request.getfixturevalue("node")
        with running.plain() as plain:
            plain.flushall()
        client = connect(running.url)
    else:
        nodes = request.getfixturevalue("cluster")
        for running in nodes:
            with running.plain() as plain:
                plain.flushall()
        client = connect(nodes[0].url.replace("redis://", "redis+cluster://"))
    await client.open()
    await mark_filled(client)
    yield client
    await client.close()
