"""What errors of Redis mean: why it does not answer, in words for operators; or damaged data."""

from adapters.redis.library import (
    AuthenticationError,
    BusyLoadingError,
    MasterDownError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisClusterException,
    RedisConnectionError,
    RedisError,
    RedisTimeoutError,
    ResponseError,
)


# The code that an error reply begins with, in Redis and Valkey.
_CODES = {
    "BUSY": "a script is still running",
    "CLUSTERDOWN": "a part of the cluster is down",
    "LOADING": "it is still loading its data",
    "MASTERDOWN": "its primary is down",
    "MISCONF": "it cannot save to its disk, and takes no writes: look at its log and its disk",
    "NOAUTH": "it requires a password",
    "NOPERM": "its user may not do that",
    "NOREPLICAS": "it has too few replicas to take writes",
    "OOM": "its memory is full (maxmemory), and it takes no writes",
    "READONLY": "it is a replica, and takes no writes",
    "TRYAGAIN": "slots are being moved to another node",
    "WRONGPASS": "the password is wrong",
}
# The library removes the code from these errors.
_KINDS: tuple[tuple[type[RedisError], str], ...] = (
    (AuthenticationError, "WRONGPASS"),
    (BusyLoadingError, "LOADING"),
    (MasterDownError, "MASTERDOWN"),
    (OutOfMemoryError, "OOM"),
    (ReadOnlyError, "READONLY"),
)
# Of Redis itself, and of Lua in a script. Up to Redis 6.2 the text of a script's error begins otherwise.
_DAMAGE = ("WRONGTYPE", ": attempt to ", ": bad argument ", "is not an integer")


def is_damage(reply: object) -> bool:
    """
    Whether *reply* is an error, and says that what was asked for is of another type, or no number. It
    concerns those whose data they are, and not the node.
    """
    return isinstance(reply, ResponseError) and any(sign in str(reply) for sign in _DAMAGE)


def why(error: Exception) -> str:
    """Loggable cause of *error*. Error replies may echo arguments, so only their code is used."""
    for kind, code in _KINDS:
        if isinstance(error, kind):
            return _CODES[code]
    match error:
        case TimeoutError() | RedisTimeoutError():
            return "no answer in time"
        case RedisConnectionError() | RedisClusterException() | OSError():
            return str(error) or "the connection was lost"
        case RedisError():
            code = str(error).partition(" ")[0]
            return _CODES.get(code, code if code.isupper() else type(error).__name__)
        case LookupError():
            return "no known node serves its slot"
        case _:
            return "the connection was lost"
