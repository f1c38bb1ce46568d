"""
Factories for stores: in memory, in a database, in Redis.

Libraries are imported with the first store that needs them: a gateway loads no database library.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from adapters.memory.invalidations import MemoryInvalidations
from adapters.memory.keystore import MemoryKeystore
from adapters.memory.tracing import NoTracer
from aldea_core.ports.accounts import OrgPages
from aldea_core.ports.invalidations import Invalidations
from aldea_core.ports.keystore import Keystore, KeystoreSnapshots
from aldea_core.ports.randomness import Randomness
from aldea_core.ports.tracing import Tracer
from entrypoints.configuration.values import SECRET_BYTES
from entrypoints.runtime.extras import require
from entrypoints.settings import Settings


if TYPE_CHECKING:
    from aiohttp import ClientSession

    from adapters.memory.accounts import MemoryAccounts
    from adapters.memory.changes import MemoryOrgChanges
    from adapters.postgres.accounts import SqlAccounts
    from adapters.postgres.changes import SqlOrgChanges
    from adapters.postgres.engine import Database
    from adapters.redis.client import RedisClient
    from adapters.redis.keystore import RedisKeystore
    from aldea_core.ports.grants import Grants
    from aldea_core.ports.key_uses import KeyUses
    from aldea_core.ports.leases import Leases
    from aldea_core.ports.samples import Samples
    from aldea_core.ports.usage import UsageLedger
    from entrypoints.runtime.metrics import Metrics


_Store = TypeVar("_Store")


def metrics() -> "Metrics":
    from entrypoints.runtime.metrics import Metrics

    return Metrics()


def tracer(*, settings: Settings, service: str) -> Tracer:
    """
    Raises:
        SettingsError: Traces are asked for, and OpenTelemetry is not installed.
    """
    if not settings.traces_url:
        return NoTracer()
    require("opentelemetry.sdk", extra="traces", what="ALDEA_TRACES_URL")
    from adapters.opentelemetry.tracing import OtelTracer

    return OtelTracer(service, settings.traces_url)


def engine_client() -> "ClientSession":
    from adapters.gpu_http.target import new_client

    return new_client()


def database(*, settings: Settings, tracer: Tracer) -> "Database | None":
    if not settings.database_url:
        return None
    from adapters.postgres.engine import connect

    engine = connect(settings.database_url)
    if tracer.is_on:
        from adapters.postgres.traces import name_traces

        name_traces(engine, tracer.current)
    return engine


def store(
    memory: Callable[[], _Store], sql: "Callable[[Database], _Store]"
) -> Callable[..., _Store]:
    """A factory of a store that is in memory, or in the database if there is one."""

    def make(*, database: "Database | None") -> _Store:
        return memory() if database is None else sql(database)

    return make


def accounts(*, database: "Database | None") -> "MemoryAccounts | SqlAccounts":
    if database is None:
        from adapters.memory.accounts import MemoryAccounts

        return MemoryAccounts()
    from adapters.postgres.accounts import SqlAccounts

    return SqlAccounts(database)


def org_pages(*, database: "Database | None", accounts: "MemoryAccounts | SqlAccounts") -> OrgPages:
    if database is None:
        return in_memory(accounts)
    from adapters.postgres.org_pages import SqlOrgPages

    return SqlOrgPages(database)


def changes(
    *, database: "Database | None", accounts: "MemoryAccounts | SqlAccounts"
) -> "MemoryOrgChanges | SqlOrgChanges":
    if database is None:
        return in_memory(accounts).changes
    from adapters.postgres.changes import SqlOrgChanges

    return SqlOrgChanges(database)


def in_memory(accounts: "MemoryAccounts | SqlAccounts") -> "MemoryAccounts":
    """*accounts*, where there is no database."""
    from adapters.memory.accounts import MemoryAccounts

    assert isinstance(accounts, MemoryAccounts)
    return accounts


def samples(*, database: "Database | None") -> "Samples":
    if database is None:
        from adapters.memory.samples import MemorySamples

        return MemorySamples()
    from adapters.postgres.samples import SqlSamples

    return SqlSamples(database)


def ledger(
    *, database: "Database | None", accounts: "MemoryAccounts | SqlAccounts"
) -> "UsageLedger":
    if database is None:
        from adapters.memory.usage import MemoryUsageLedger

        return MemoryUsageLedger(in_memory(accounts))
    from adapters.postgres.usage import SqlUsageLedger

    return SqlUsageLedger(database)


def redis(*, settings: Settings) -> "RedisClient | None":
    if not settings.redis_url:
        return None
    from adapters.redis.client import connect

    return connect(settings.redis_url)


def keystore(*, redis: "RedisClient | None") -> "MemoryKeystore | RedisKeystore":
    if redis is None:
        return MemoryKeystore()
    from adapters.redis.keystore import RedisKeystore

    return RedisKeystore(redis)


def invalidations(*, redis: "RedisClient | None", keystore: Keystore) -> Invalidations:
    if redis is not None:
        from adapters.redis.invalidations import RedisInvalidations

        return RedisInvalidations(redis)
    if isinstance(keystore, MemoryKeystore):
        return keystore.invalidations
    return MemoryInvalidations()  # another keystore's: what is cached of it expires soon


def keystore_snapshots(
    *, redis: "RedisClient | None", keystore: "MemoryKeystore | RedisKeystore"
) -> KeystoreSnapshots:
    if isinstance(keystore, MemoryKeystore):
        return keystore
    from adapters.redis.snapshots import RedisKeystoreSnapshots

    assert redis is not None
    return RedisKeystoreSnapshots(redis)


def leases(*, redis: "RedisClient | None", keystore: "MemoryKeystore | RedisKeystore") -> "Leases":
    if redis is None:
        from adapters.memory.leases import MemoryLeases

        return MemoryLeases(keystore)
    from adapters.redis.clock_skew import ClockSkew
    from adapters.redis.leases import RedisLeases

    return RedisLeases(redis, ClockSkew(redis))


def key_uses(*, redis: "RedisClient | None") -> "KeyUses":
    if redis is None:
        from adapters.memory.key_uses import MemoryKeyUses

        return MemoryKeyUses()
    from adapters.redis.key_uses import RedisKeyUses

    return RedisKeyUses(redis)


def grants(*, settings: Settings, randomness: Randomness) -> "Grants":
    """Tokens of a process without `ALDEA_GRANT_SECRET` are for that process alone."""
    from adapters.jwt.grants import JwtGrants

    return JwtGrants(settings.grant_secret.encode() or randomness.bytes(SECRET_BYTES), randomness)
