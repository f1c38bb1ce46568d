"""Connecting to Redis, running scripts, and keeping its errors at this folder's edge."""

from collections.abc import Callable, Sequence
from functools import partial
from importlib import resources
from types import TracebackType
from typing import Any

import attrs

from redis.asyncio import Redis, RedisCluster
from redis.asyncio.connection import parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisClusterException, RedisError

from adapters.redis.pipelined import Address, PipelinedConnections
from adapters.redis.reasons import why
from aldea_core.domain.errors import AldeaError, Unavailable


# An admission waits for this; after that the gateway counts alone.
TIMEOUT_SECONDS = 1.0
_MOST_CONNECTIONS = 1000
_HOST, _PORT = "localhost", 6379  # where a URL does not say
_IN_ONE_GO = 1000
_SCHEMES = ("redis://", "rediss://", "redis+cluster://", "rediss+cluster://")


class BadRedisUrl(AldeaError):
    """The URL names no Redis; the text does not repeat it, since it may hold a password."""


class redis_errors_as_ours:  # noqa: N801 (used like `contextlib.suppress`, and as cheap)
    """Raises `Unavailable` instead of what the library raises."""

    __slots__ = ()

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        _: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if isinstance(error, _LOST):
            raise Unavailable("keystore", why=why(error)) from error


# The cluster client drops connections under their users when it learns of another topology, who
# then find that their writer is None, or that its transport is closed (uvloop says so by a
# RuntimeError); and it looks up slots that no node is known to have.
_LOST = (
    RedisError,
    RedisClusterException,
    OSError,
    TimeoutError,
    AttributeError,
    LookupError,
    RuntimeError,
)


def _source(name: str) -> str:
    folder = resources.files("adapters.redis") / "scripts"
    return (folder / f"{name}.lua").read_text()


@attrs.frozen
class Script:
    """A Lua script: run by its digest, and sent whole where it is not known yet."""

    source: str = attrs.field(repr=False)
    sha: str

    @classmethod
    def load(cls, *names: str) -> "Script":
        """The files *names*, one after the other, as one script."""
        import hashlib  # noqa: PLC0415 (once, at start)

        source = "\n".join(_source(name) for name in names)
        return cls(source, hashlib.sha1(source.encode()).hexdigest())  # noqa: S324 (Redis's own)

    async def __call__(self, client: "Client", keys: Sequence[str], args: Sequence[Any]) -> Any:
        """
        What the script returns.

        Raises:
            Unavailable: Redis does not answer.
        """
        try:
            return await client.ask(keys[0], "EVALSHA", self.sha, len(keys), *keys, *args)
        except NoScriptError:
            return await client.ask(keys[0], "EVAL", self.source, len(keys), *keys, *args)


@attrs.frozen
class Call:
    """A script on keys of one slot."""

    script: Script
    keys: Sequence[str]
    args: Sequence[Any]


async def run_all(client: "Client", calls: Sequence[Call]) -> list[Any]:
    """
    What each of *calls* returns: all go out before the first answer is read, many at a time.

    Raises:
        Unavailable: Redis does not answer; any of them may have been run.
    """
    answers: list[Any] = []
    for start in range(0, len(calls), _IN_ONE_GO):
        batch = calls[start : start + _IN_ONE_GO]
        found = await _in_one_go(client, [("EVALSHA", call.script.sha, call) for call in batch])
        strange = [n for n, answer in enumerate(found) if isinstance(answer, NoScriptError)]
        if strange:
            whole = [("EVAL", batch[n].script.source, batch[n]) for n in strange]
            for n, answer in zip(strange, await _in_one_go(client, whole), strict=True):
                found[n] = answer
        answers += found
    return answers


async def _in_one_go(client: "Client", commands: Sequence[tuple[str, str, Call]]) -> list[Any]:
    with redis_errors_as_ours():
        pipeline = client.connection.pipeline(transaction=False)
        for name, script, call in commands:
            pipeline.execute_command(name, script, len(call.keys), *call.keys, *call.args)
        answers: list[Any] = await pipeline.execute(raise_on_error=False)
        for answer in answers:
            if isinstance(answer, Exception) and not isinstance(answer, NoScriptError):
                raise answer
    return answers


@attrs.frozen
class Client:
    """One node or a cluster, used alike: nothing here needs two keys of different slots at once."""

    connection: Any = attrs.field(repr=False)
    connections: PipelinedConnections | None = attrs.field(default=None, repr=False)

    @property
    def is_cluster(self) -> bool:
        return isinstance(self.connection, RedisCluster)

    async def ask(self, key: str, *words: Any) -> Any:
        """
        The answer to one command on *key*: the short way, if there is one, and nothing is strange.

        Raises:
            Unavailable: Redis does not answer, or with an error.
            NoScriptError: It does not know the script; whoever asked has it.
        """
        try:
            connection = None if self.connections is None else self.connections.connection(key)
            if connection is not None:
                answer = await connection.ask(*words)
                if not isinstance(answer, Exception):
                    return answer
            return await self.connection.execute_command(*words)
        except NoScriptError:
            raise
        except _LOST as error:
            raise Unavailable("keystore", why=why(error)) from error

    async def open(self) -> None:
        """
        Learns a cluster's topology and opens lanes, before many ask at once.

        Raises:
            Unavailable: Redis does not answer; it may be asked again.
        """
        with redis_errors_as_ours():
            await self.connection.initialize()
            if self.connections is not None:
                await self.connections.open_all(_nodes_of(self.connection))

    async def close(self) -> None:
        if self.connections is not None:
            await self.connections.close()
        await self.connection.aclose()


def connect(url: str) -> Client:
    """
    The client for *url*; nothing is connected yet.

    Raises:
        BadRedisUrl: It is none of ours.
    """
    if not url.startswith(_SCHEMES):
        raise BadRedisUrl(
            "The Redis URL must be redis://[:PASSWORD@]HOST[:PORT], rediss://…, or the same with "
            "redis+cluster:// or rediss+cluster://.",
        )
    options: dict[str, Any] = {
        "socket_timeout": TIMEOUT_SECONDS,
        "socket_connect_timeout": TIMEOUT_SECONDS,
        "decode_responses": True,
        "retry": Retry(NoBackoff(), 1),
        "max_connections": _MOST_CONNECTIONS,
    }
    plain = url.replace("+cluster", "")
    try:
        if plain == url:
            single = Redis.from_url(url, **options)
            (node,) = _nodes_of(single)
            return Client(single, _connections(plain, lambda _: node))
        cluster = RedisCluster.from_url(plain, **options)
        return Client(cluster, _connections(plain, partial(_node_of, cluster)))
    except ValueError:
        raise BadRedisUrl("The Redis URL is malformed.") from None


def _nodes_of(connection: Redis | RedisCluster) -> list[Address]:
    if isinstance(connection, RedisCluster):
        return [(node.host, int(node.port)) for node in connection.get_primaries()]
    at = connection.connection_pool.connection_kwargs
    return [(at.get("host", _HOST), at.get("port", _PORT))]


def _node_of(cluster: RedisCluster, key: str) -> Address:
    node = cluster.get_node_from_key(key)
    if node is None:
        raise LookupError(key)
    return node.host, int(node.port)


def _connections(url: str, address_of: Callable[[str], Address]) -> PipelinedConnections:
    parts = parse_url(url)
    login: list[tuple[str, ...]] = []
    if password := parts.get("password"):
        user = parts.get("username")
        login.append(("AUTH", user, password) if user else ("AUTH", password))
    if database := parts.get("db"):
        login.append(("SELECT", str(database)))
    return PipelinedConnections(address_of, tuple(login), url.startswith("rediss"), TIMEOUT_SECONDS)
