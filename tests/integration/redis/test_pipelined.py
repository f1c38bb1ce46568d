"""The short way to Redis is a way, and where it ends the long one goes on."""

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


async def test_many_ask_at_once(client):
    """
    Everybody gets the answer to their own question, over one connection.
    """
    connection = await open_connection(client)
    await asyncio.gather(*(client.ask(f"{n}", "SET", f"{n}", f"value {n}") for n in range(500)))
    found = await asyncio.gather(*(client.ask(f"{n}", "GET", f"{n}") for n in range(500)))

    assert [f"value {n}" for n in range(500)] == found
    assert client.connections.connection("k") is connection


async def test_what_is_asked_at_once_is_sent_at_once():
    """
    In one piece: a system call costs more than all else that a question does.
    """
    pieces = []

    class Hearing(asyncio.Protocol):
        def connection_made(self, transport):
            self.transport = transport

        def data_received(self, data):
            pieces.append(data)
            self.transport.write(b":1\r\n" * data.count(b"PING"))

    loop = asyncio.get_running_loop()
    async with await loop.create_server(Hearing, "127.0.0.1", 0) as server:
        address = server.sockets[0].getsockname()
        _, connection = await loop.create_connection(
            lambda: PipelinedConnection(TIMEOUT_SECONDS), *address
        )
        answers = await asyncio.gather(*(connection.ask("PING") for _ in range(100)))
        connection.close()

    assert answers == [1] * 100
    assert len(pieces) == 1


async def test_an_error_is_the_library_s(client):
    """
    It says what it would have said without a lane; a script that is not known is sent whole.
    """
    await open_connection(client)
    await client.ask("k", "SET", "k", "text")
    with pytest.raises(Unavailable):
        await client.ask("k", "LPUSH", "k", "x")
    script = Script("return {KEYS[1], ARGV[1]}", "0" * 40)

    assert await script(client, ["k"], ["äö"]) == ["k", "äö"]


async def test_who_stops_waiting_confuses_nobody(client):
    """
    The answer to a question that was given up is nobody else's.
    """
    connection = await open_connection(client)
    given_up = connection.ask("GET", "nothing")
    given_up.cancel()
    await client.ask("k", "SET", "k", "mine")

    assert await client.ask("k", "GET", "k") == "mine"


async def test_what_cannot_be_sent_confuses_nobody(client):
    """
    It is no question, so no answer is kept for it.
    """
    connection = await open_connection(client)
    with pytest.raises(UnicodeEncodeError):
        await connection.ask("GET", "\udcff")
    await client.ask("k", "SET", "k", "mine")

    assert await client.ask("k", "GET", "k") == "mine"


async def test_a_lost_connection_is_made_again(client, node):
    """
    What was under way goes the long way; later requests have a lane again.
    """
    connection = await open_connection(client)
    await client.ask("k", "SET", "k", "kept")
    connection.close()

    assert await client.ask("k", "GET", "k") == "kept"
    assert isinstance(await connection.ask("GET", "k"), ConnectionDropped)
    again = await open_connection(client)
    assert again is not connection
    assert await again.ask("GET", "k") == "kept"


async def test_a_frozen_redis_is_given_up(client, node):
    """
    All that wait are told after the same time as by the library, and not one after the other.
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


async def test_a_wrong_password_opens_no_lane(node):
    """
    The library's client is the one to say so, and the password is in no message.
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
async def test_a_login_without_an_answer(node, seconds):
    """
    Leaves no connection behind: neither if the client is closed meanwhile, nor if it takes too long.
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


async def test_each_node_of_a_cluster_has_its_own():
    """
    Keys go where their slots are.
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
