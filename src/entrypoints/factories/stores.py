"""
Factories for stores: in memory, in a database, in Redis.

Libraries are imported with the first store that needs them: a gateway loads no database library.
"""

import os

from pathlib import Path
from typing import TYPE_CHECKING

from adapters.jwt.grants import JwtGrants
from adapters.memory.accounts import MemoryAccounts
from adapters.memory.changes import MemoryOrgChanges
from adapters.memory.keystore import MemoryFillMarks, MemoryKeystore
from adapters.memory.leases import MemoryLeases
from adapters.memory.usage import (
    DirectUsageLog,
    MemoryUsageLedger,
    MemoryUsageQueue,
    NoUsageLog,
)
from adapters.spool.checkpoints import SpooledCheckpoints
from adapters.spool.usage import SpooledUsageLog
from aldea_core.ports.accounts import OrgPages
from aldea_core.ports.grants import Grants
from aldea_core.ports.invalidations import Invalidations
from aldea_core.ports.keystore import FillMarks, KeystoreSnapshots
from aldea_core.ports.leases import Leases
from aldea_core.ports.randomness import Randomness
from aldea_core.ports.usage import UsageFeed, UsageLedger, UsageLog
from entrypoints.configuration.values import SECRET_BYTES
from entrypoints.settings import Settings


if TYPE_CHECKING:
    from adapters.postgres.accounts import SqlAccounts
    from adapters.postgres.changes import SqlOrgChanges
    from adapters.postgres.engine import Database
    from adapters.redis.client import Client as RedisClient
    from adapters.redis.keystore import RedisKeystore


def database(*, settings: Settings) -> "Database | None":
    if not settings.database_url:
        return None
    from adapters.postgres.engine import connect

    return connect(settings.database_url)


def accounts(*, database: "Database | None") -> "MemoryAccounts | SqlAccounts":
    if database is None:
        return MemoryAccounts()
    from adapters.postgres.accounts import SqlAccounts

    return SqlAccounts(database)


def org_pages(*, accounts: "MemoryAccounts | SqlAccounts") -> OrgPages:
    if isinstance(accounts, MemoryAccounts):
        return accounts
    from adapters.postgres.pages import SqlOrgPages

    return SqlOrgPages(accounts.engine)


def changes(*, accounts: "MemoryAccounts | SqlAccounts") -> "MemoryOrgChanges | SqlOrgChanges":
    if isinstance(accounts, MemoryAccounts):
        return accounts.changes
    from adapters.postgres.changes import SqlOrgChanges

    return SqlOrgChanges(accounts.engine)


def ledger(*, accounts: "MemoryAccounts | SqlAccounts") -> UsageLedger:
    if isinstance(accounts, MemoryAccounts):
        return MemoryUsageLedger(accounts)
    from adapters.postgres.usage import SqlUsageLedger

    return SqlUsageLedger(accounts.engine)


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


def invalidations(
    *,
    redis: "RedisClient | None",
    keystore: "MemoryKeystore | RedisKeystore",
) -> Invalidations:
    if isinstance(keystore, MemoryKeystore):
        return keystore.invalidations
    from adapters.redis.invalidations import RedisInvalidations

    assert redis is not None
    return RedisInvalidations(redis)


def keystore_snapshots(
    *, redis: "RedisClient | None", keystore: "MemoryKeystore | RedisKeystore"
) -> KeystoreSnapshots:
    if isinstance(keystore, MemoryKeystore):
        return keystore
    from adapters.redis.snapshots import RedisKeystoreSnapshots

    assert redis is not None
    return RedisKeystoreSnapshots(redis)


def fill_marks(*, redis: "RedisClient | None") -> FillMarks:
    if redis is None:
        return MemoryFillMarks()
    from adapters.redis.fill_marks import RedisFillMarks

    return RedisFillMarks(redis)


def leases(*, redis: "RedisClient | None", keystore: "MemoryKeystore | RedisKeystore") -> Leases:
    if redis is None:
        return MemoryLeases(keystore)
    from adapters.redis.leases import RedisLeases

    return RedisLeases(redis)


def usage_log(
    *,
    settings: Settings,
    is_engine: bool,
    redis: "RedisClient | None",
    ledger: UsageLedger,
) -> NoUsageLog | SpooledUsageLog:
    if is_engine:
        return NoUsageLog()
    from adapters.redis.rows import usage_of, usage_text

    log: UsageLog = DirectUsageLog(ledger)
    if redis is not None:
        from adapters.redis.usage import RedisUsageLog

        log = RedisUsageLog(redis)
    folder = Path(settings.spool_dir) if settings.spool_dir else None
    return SpooledUsageLog(log, folder, write_text=usage_text, read_text=usage_of)


def checkpoints(*, settings: Settings) -> SpooledCheckpoints:
    from adapters.redis.rows import usage_text

    return SpooledCheckpoints(Path(settings.spool_dir), write_text=usage_text)


def usage_feed(*, settings: Settings, redis: "RedisClient | None") -> UsageFeed:
    if redis is None:
        return MemoryUsageQueue()  # gateway and ledger are one process
    from adapters.redis.usage import RedisUsageFeed

    return RedisUsageFeed(
        redis, f"{settings.task_id}:{os.getpid()}", claim_seconds=settings.usage_claim_seconds
    )


def grants(*, settings: Settings, randomness: Randomness) -> Grants:
    return JwtGrants(settings.grant_secret.encode() or randomness.bytes(SECRET_BYTES), randomness)
