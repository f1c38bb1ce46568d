"""The pipelined connection to Redis, and its fallback to the library's client."""

import asyncio

import pytest

from tests.servers.redis import redis_cluster, redis_node
from tests.servers.waiting import until

from adapters.redis.client import TIMEOUT_SECONDS, Script, connect
from adapters.redis.pipelined import ConnectionDropped, PipelinedConnection
from aldea_core.domain.errors import Unavailable


@pytest.fixture
def node():
    with redis_node() as node:
        yield node


@pytest.fixture
async def client(node):
    client = connect(node.url)
    yield client
    await client.close()


async def open_connection(client, key="k"):
    async with asyncio.timeout(60):
        while (connection := client.connections.connection(key)) is None:
            await asyncio.sleep(0.01)
    return connection


async def test_concurrent_commands_get_their_own_replies(client):
    """
    Over one connection.
    """
    connection = await open_connection(client)
    await asyncio.gather(*(client.ask(f"{n}", "SET", f"{n}", f"value {n}") for n in range(500)))
    found = await asyncio.gather(*(client.ask(f"{n}", "GET", f"{n}") for n in range(500)))

    assert [f"value {n}" for n in range(500)] == found
    assert client.connections.connection("k") is connection


async def test_concurrent_commands_are_one_write():
    """
    A system call costs more than everything else of a command.
    """
    pieces = []

    class Receiving(asyncio.Protocol):
        def connection_made(self, transport):
            self.transport = transport

        def data_received(self, data):
            pieces.append(data)
            self.transport.write(b":1\r\n" * data.count(b"PING"))

    loop = asyncio.get_running_loop()
    async with await loop.create_server(Receiving, "127.0.0.1", 0) as server:
        address = server.sockets[0].getsockname()
        _, connection = await loop.create_connection(
            lambda: PipelinedConnection(TIMEOUT_SECONDS), *address
        )
        answers = await asyncio.gather(*(connection.ask("PING") for _ in range(100)))
        connection.close()

    assert answers == [1] * 100
    assert len(pieces) == 1


async def test_errors_equal_the_librarys(client):
    """
    An unknown script is sent whole.
    """
    await open_connection(client)
    await client.ask("k", "SET", "k", "text")
    with pytest.raises(Unavailable):
        await client.ask("k", "LPUSH", "k", "x")
    script = Script("return {KEYS[1], ARGV[1]}", "0" * 40)

    assert await script(client, ["k"], ["äö"]) == ["k", "äö"]


async def test_cancelled_command_shifts_no_reply(client):
    connection = await open_connection(client)
    given_up = connection.ask("GET", "nothing")
    given_up.cancel()
    await client.ask("k", "SET", "k", "mine")

    assert await client.ask("k", "GET", "k") == "mine"


async def test_unencodable_command_shifts_no_reply(client):
    """
    It is not sent, so no reply is expected.
    """
    connection = await open_connection(client)
    with pytest.raises(UnicodeEncodeError):
        await connection.ask("GET", "\udcff")
    await client.ask("k", "SET", "k", "mine")

    assert await client.ask("k", "GET", "k") == "mine"


async def test_lost_connection_is_reopened(client, node):
    """
    Commands in flight use the fallback; later ones the new connection.
    """
    connection = await open_connection(client)
    await client.ask("k", "SET", "k", "kept")
    connection.close()

    assert await client.ask("k", "GET", "k") == "kept"
    assert isinstance(await connection.ask("GET", "k"), ConnectionDropped)
    again = await open_connection(client)
    assert again is not connection
    assert await again.ask("GET", "k") == "kept"


async def test_frozen_redis_times_out_every_command(client, node):
    """
    After the library's timeout, all at once.
    """
    await open_connection(client)
    node.freeze()
    try:
        answers = await asyncio.gather(
            *(client.ask("k", "GET", "k") for _ in range(50)), return_exceptions=True
        )
    finally:
        node.thaw()
    assert {(type(a), type(a.__cause__)) for a in answers} == {(Unavailable, TimeoutError)}

    connection = await open_connection(client)
    assert await connection.ask("PING") == "PONG"


async def test_wrong_password_is_reported_by_the_librarys_client(node):
    """
    The password is in no message.
    """
    client = connect(f"redis://:hidden@127.0.0.1:{node.server.port}")
    for _ in range(2):
        with pytest.raises(Unavailable) as refused:
            await client.ask("k", "GET", "k")
        await asyncio.sleep(0.2)
    connection = client.connections.connection("k")
    await client.close()

    assert connection is None
    assert "hidden" not in f"{refused.value!r} {client!r}"


@pytest.mark.parametrize("seconds", [0.2, TIMEOUT_SECONDS + 0.2])
async def test_login_without_reply_leaves_no_connection(node, seconds):
    """
    After a close meanwhile, and after a timeout.
    """
    client = connect(node.url)
    node.freeze()
    try:
        assert client.connections.connection("k") is None
        await asyncio.sleep(seconds)
        await client.close()
    finally:
        node.thaw()

    with node.plain() as plain:

        async def is_alone() -> bool:
            return len(plain.client_list()) == 1

        await until(is_alone, seconds=10)


async def test_each_cluster_node_has_its_connection():
    """
    Keys go to the node of their hash slot.
    """
    with redis_cluster() as nodes:
        client = connect(nodes[0].url.replace("redis://", "redis+cluster://"))
        await client.open()
        for n in range(30):
            await open_connection(client, f"k{n}")
            await client.ask(f"k{n}", "SET", f"k{n}", str(n))

        assert [await client.ask(f"k{n}", "GET", f"k{n}") for n in range(30)] == [
            str(n) for n in range(30)
        ]
        assert len({id(client.connections.connection(f"k{n}")) for n in range(30)}) == 3
        await client.close()
