"""The same contract on a fake, on one real node, and on a real cluster of three."""

import pytest

from fakeredis import FakeAsyncRedis
from tests.servers.redis import redis_cluster, redis_node

from adapters.redis.client import Client, connect


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
    """An empty store."""
    if request.param == "fake":
        client = Client(FakeAsyncRedis(decode_responses=True))
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
    yield client
    await client.close()
