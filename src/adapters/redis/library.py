"""
The client library of Redis: all that Aldea takes from it.

If the library finds OpenTelemetry, it loads it for metrics of its own. Aldea does not turn them on,
and a Lambda function would wait for them at each cold start.
"""

from adapters.system.lean import without


with without("opentelemetry"):
    from redis.asyncio import Redis, RedisCluster
    from redis.asyncio.connection import Connection, SSLConnection, parse_url
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff
    from redis.crc import key_slot
    from redis.exceptions import (
        AuthenticationError,
        BusyLoadingError,
        MasterDownError,
        NoScriptError,
        OutOfMemoryError,
        ReadOnlyError,
        RedisClusterException,
        RedisError,
        ResponseError,
    )
    from redis.exceptions import ConnectionError as RedisConnectionError
    from redis.exceptions import TimeoutError as RedisTimeoutError

__all__ = [
    "AuthenticationError",
    "BusyLoadingError",
    "Connection",
    "MasterDownError",
    "NoBackoff",
    "NoScriptError",
    "OutOfMemoryError",
    "ReadOnlyError",
    "Redis",
    "RedisCluster",
    "RedisClusterException",
    "RedisConnectionError",
    "RedisError",
    "RedisTimeoutError",
    "ResponseError",
    "Retry",
    "SSLConnection",
    "key_slot",
    "parse_url",
]
