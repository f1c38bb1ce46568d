"""Connects to Redis, runs scripts, and translates the library's errors into `Unavailable`."""

from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any

import attrs

from adapters.redis.demoted import follow_primary, is_of_replica
from adapters.redis.error_texts import is_damage, why
from adapters.redis.library import (
    NoBackoff,
    NoScriptError,
    Redis,
    RedisCluster,
    RedisClusterException,
    RedisError,
    Retry,
    parse_url,
)
from adapters.redis.pipelined import Address, PipelinedConnection, PipelinedConnections
from aldea_core.domain.errors import AldeaError, Unavailable


# An admission waits this long for Redis. After that the gateway counts sessions by itself.
TIMEOUT_SECONDS = 1.0
_MOST_CONNECTIONS = 1000
_HOST, _PORT = "localhost", 6379  # defaults of a URL
_IN_ONE_GO = 1000
_SCHEMES = ("redis://", "rediss://", "redis+cluster://", "rediss+cluster://")


class BadRedisUrl(AldeaError):
    """The URL is not a Redis URL. The text does not repeat the URL, which may hold a password."""


class redis_errors_as_ours:  # noqa: N801 (used like `contextlib.suppress`, and as cheap)
    """Context manager that raises `Unavailable` in place of the library's errors."""

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


# The cluster client drops connections that are in use when it learns a new topology. Their users
# then find that the writer is None, or that the transport is closed (uvloop raises RuntimeError),
# and the client may look up slots that no node is known to serve.
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
    return (Path(__file__).parent / "scripts" / f"{name}.lua").read_text()


@attrs.frozen
class Script:
    """
    A Lua script. It is run by its digest, and sent in full if the server
    does not know it yet.
    """

    source: str = attrs.field(repr=False)
    sha: str

    @classmethod
    def load(cls, *names: str) -> "Script":
        """Concatenates the files *names* to one script."""
        import hashlib  # noqa: PLC0415 (once, at start)

        source = "\n".join(_source(name) for name in names)
        return cls(source, hashlib.sha1(source.encode()).hexdigest())  # noqa: S324 (Redis's own)

    def __call__(
        self, client: "RedisClient", keys: Sequence[str], args: Sequence[Any]
    ) -> Coroutine[Any, Any, Any]:
        """Runs the script and returns its result."""
        return client.ask(keys[0], "EVALSHA", self.sha, len(keys), *keys, *args, source=self.source)


@attrs.frozen
class ScriptCall:
    """A call of a script, all of whose keys lie in one slot."""

    script: Script
    keys: Sequence[str]
    args: Sequence[Any]


async def run_all(
    client: "RedisClient", calls: Sequence[ScriptCall], *, keep_damage: bool = False
) -> list[Any]:
    """
    Runs *calls* pipelined, `_IN_ONE_GO` at a time, and returns their results in order.

    Args:
        keep_damage: Whether an error about damaged data (`is_damage`) is a result.

    Raises:
        Unavailable: Redis does not answer. Any of the calls may have been run.
    """
    answers: list[Any] = []
    for start in range(0, len(calls), _IN_ONE_GO):
        batch = calls[start : start + _IN_ONE_GO]
        with redis_errors_as_ours():
            found = await _in_one_go(client, [("EVALSHA", call.script.sha, call) for call in batch])
            strange = [n for n, answer in enumerate(found) if isinstance(answer, NoScriptError)]
            if strange:
                whole = [("EVAL", batch[n].script.source, batch[n]) for n in strange]
                for n, answer in zip(strange, await _in_one_go(client, whole), strict=True):
                    found[n] = answer
            for answer in found:
                if isinstance(answer, Exception) and not (keep_damage and is_damage(answer)):
                    raise answer
        answers += found
    return answers


async def _in_one_go(
    client: "RedisClient", commands: Sequence[tuple[str, str, ScriptCall]]
) -> list[Any]:
    """The results of *commands*; errors of Redis are among them."""
    pipeline = client.connection.pipeline(transaction=False)
    for name, script, call in commands:
        pipeline.execute_command(name, script, len(call.keys), *call.keys, *call.args)
    answers: list[Any] = await pipeline.execute(raise_on_error=False)
    return answers


def _no_connection(_: str) -> None:
    """Leaves all commands to the library's client."""


@attrs.frozen
class RedisClient:
    """A client of one node or of a cluster. No command here has keys of different slots."""

    connection: Any = attrs.field(repr=False)
    connections: PipelinedConnections | None = attrs.field(default=None, repr=False)
    _connection: Callable[[str], PipelinedConnection | None] = attrs.field(init=False, repr=False)

    @_connection.default
    def _connection_of(self) -> Callable[[str], PipelinedConnection | None]:
        """The pipelined connection for a key; None if there is none."""
        return _no_connection if self.connections is None else self.connections.connection

    @property
    def is_cluster(self) -> bool:
        return isinstance(self.connection, RedisCluster)

    def node(self, key: str) -> Address | None:
        """The node that serves *key*; None if that is not known, or there is only one."""
        if self.connections is None or not self.is_cluster:
            return None
        try:
            return self.connections.address_of(key)
        except _LOST:
            return None

    async def ask(self, key: str, *words: Any, source: str | None = None) -> Any:
        """
        Sends one command on *key* and returns its reply. Uses a pipelined connection if there is
        one; if there is none, or its reply is an error, the library's client sends the command.

        Args:
            source: Of the script that EVALSHA is to run; sent if the server does not know it.

        Raises:
            Unavailable: Redis does not answer, or answers with an error.
        """
        try:
            connection = self._connection(key)
            if connection is not None:
                answer = await connection.ask(*words)
                if not isinstance(answer, Exception):
                    return answer
                if is_of_replica(answer):
                    connection.close()
            return await self.connection.execute_command(*words)
        except _LOST as error:
            if source is None or not isinstance(error, NoScriptError):
                raise Unavailable("keystore", why=why(error)) from error
        return await self.ask(key, "EVAL", source, *words[2:])

    async def ask_all(self, questions: Sequence[tuple[str, ...]]) -> Sequence[Any]:
        """
        Sends commands, each with its key after its name, over one connection per node. Returns their
        replies in order.

        Raises:
            Unavailable: Redis does not answer, or answers one of them with an error.
        """
        if not questions:
            return []
        if len(questions) == 1:
            return [await self.ask(questions[0][1], *questions[0])]
        with redis_errors_as_ours():
            pipeline = self.connection.pipeline(transaction=False)
            for question in questions:
                pipeline.execute_command(*question)
            answers: Sequence[Any] = await pipeline.execute()
            return answers

    async def open(self) -> None:
        """
        Learns a cluster's topology and opens pipelined connections, before requests arrive.

        Raises:
            Unavailable: Redis does not answer. `open` may be called again.
        """
        with redis_errors_as_ours():
            await self.connection.initialize()
            if self.connections is not None:
                await self.connections.open_all(_nodes_of(self.connection))

    async def close(self) -> None:
        if self.connections is not None:
            await self.connections.close()
        await self.connection.aclose()
        if self.is_cluster:
            # A client that was about to learn the topology anew has closed nothing.
            for nodes in ("nodes_cache", "startup_nodes"):
                await self.connection.nodes_manager.aclose(nodes)


def connect(url: str) -> RedisClient:
    """
    Creates the client for *url*, without connecting yet.

    Raises:
        BadRedisUrl: *url* is not a Redis URL, or is malformed.
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
            follow_primary(single)
            (node,) = _nodes_of(single)
            return RedisClient(single, _connections(plain, lambda _: node))
        cluster = RedisCluster.from_url(plain, **options)
        return RedisClient(cluster, _connections(plain, partial(_node_of, cluster)))
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
