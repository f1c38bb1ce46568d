"""How what is kept is made: in memory, in a database, in Redis."""

import os
import secrets

from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.jwt.grants import JwtGrants
from adapters.memory.accounts import MemoryAccounts
from adapters.memory.keystore import MemoryKeystore
from adapters.memory.leases import MemoryLeases
from adapters.memory.usage import DirectUsageLog, MemoryUsageLedger, MemoryUsageQueue
from adapters.postgres.accounts import SqlAccounts
from adapters.postgres.engine import connect
from adapters.postgres.usage import SqlUsageLedger
from adapters.redis.client import Client as RedisClient
from adapters.redis.client import connect as connect_redis
from adapters.redis.keystore import RedisKeystore
from adapters.redis.leases import RedisLeases
from adapters.redis.rows import usage_of, usage_text
from adapters.redis.usage import RedisUsageFeed, RedisUsageLog
from adapters.spool.usage import SpooledUsageLog
from aldea_core.ports.grants import Grants
from aldea_core.ports.leases import Leases
from aldea_core.ports.usage import UsageFeed, UsageLedger
from entrypoints.settings import Settings


def database(*, settings: Settings) -> AsyncEngine | None:
    return connect(settings.database_url) if settings.database_url else None


def accounts(*, database: AsyncEngine | None) -> MemoryAccounts | SqlAccounts:
    return MemoryAccounts() if database is None else SqlAccounts(database)


def ledger(*, database: AsyncEngine | None) -> UsageLedger:
    return MemoryUsageLedger() if database is None else SqlUsageLedger(database)


def redis(*, settings: Settings) -> RedisClient | None:
    return connect_redis(settings.redis_url) if settings.redis_url else None


def keystore(*, redis: RedisClient | None) -> MemoryKeystore | RedisKeystore:
    return MemoryKeystore() if redis is None else RedisKeystore(redis)


def leases(*, redis: RedisClient | None) -> Leases:
    return MemoryLeases() if redis is None else RedisLeases(redis)


def usage_log(
    *,
    settings: Settings,
    redis: RedisClient | None,
    ledger: UsageLedger,
) -> DirectUsageLog | SpooledUsageLog:
    if redis is None:
        return DirectUsageLog(ledger)
    folder = Path(settings.spool_dir) if settings.spool_dir else None
    log = RedisUsageLog(redis)
    return SpooledUsageLog(log, folder, write_text=usage_text, read_text=usage_of)


def usage_feed(*, settings: Settings, redis: RedisClient | None) -> UsageFeed:
    if redis is None:
        return MemoryUsageQueue()  # nothing is under way: gateway and ledger are one process
    return RedisUsageFeed(redis, f"{settings.task_id}:{os.getpid()}")


def grants(*, settings: Settings) -> Grants:
    secret = settings.grant_secret.encode() or secrets.token_bytes(32)
    return JwtGrants(secret)
