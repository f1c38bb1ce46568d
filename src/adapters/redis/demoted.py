"""
Leaves a node that has become a replica.

After a failover the name in a URL leads to the new primary, but connections to the old one stay
open. So a connection whose node says that it is a replica is closed: the next one follows the name.
"""

from typing import TYPE_CHECKING, Any

from typing_extensions import override

from adapters.redis.error_texts import why
from adapters.redis.library import (
    Connection,
    MasterDownError,
    ReadOnlyError,
    Redis,
    RedisConnectionError,
    ResponseError,
    SSLConnection,
)


# The second is within the text of a script's error, up to Redis 6.2.
_WORDS = frozenset({"READONLY", "-READONLY", "MASTERDOWN"})
_WHY = why(ReadOnlyError())


def is_of_replica(reply: Exception) -> bool:
    """Whether an error reply says that the node is a replica."""
    if isinstance(reply, ReadOnlyError | MasterDownError):  # without the word
        return True
    return not _WORDS.isdisjoint(str(reply).split(" "))


if TYPE_CHECKING:
    _Base = Connection
else:
    _Base = object


class _Leaving(_Base):
    @override
    async def read_response(self, *args: Any, **more: Any) -> Any:
        try:
            return await super().read_response(*args, **more)
        except ResponseError as error:
            if not is_of_replica(error):
                raise
            await self.disconnect(nowait=True)
            # As if the connection had been lost: the library repeats the command on a new one.
            raise RedisConnectionError(_WHY) from error


class _Plain(_Leaving, Connection):
    pass


class _Encrypted(_Leaving, SSLConnection):
    pass


def follow_primary(client: Redis) -> None:
    """Makes *client*, which must not have connected yet, leave a node that has become a replica."""
    pool = client.connection_pool
    is_encrypted = issubclass(pool.connection_class, SSLConnection)
    pool.connection_class = _Encrypted if is_encrypted else _Plain
