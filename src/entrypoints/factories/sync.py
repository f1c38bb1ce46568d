"""Factories for the sync from the database to the gateways' keystore."""

import os

from typing import TYPE_CHECKING

from adapters.memory.keystore import MemoryFillMarks, MemoryKeystore
from aldea_core.ports.changes import ChangeSignal
from aldea_core.ports.keystore import FillMarks, OrgMirror
from aldea_core.ports.orphan_keys import OrphanKeys
from aldea_core.ports.queue import OrgQueue
from aldea_core.ports.tracing import Tracer
from entrypoints.runtime.extras import require
from entrypoints.settings import Settings


if TYPE_CHECKING:
    from adapters.memory.changes import MemoryOrgChanges
    from adapters.postgres.changes import SqlOrgChanges
    from adapters.postgres.engine import Database
    from adapters.redis.client import RedisClient
    from adapters.redis.keystore import RedisKeystore
    from adapters.sqs.client import SqsClient
    from aldea_core.ports.usage import UsageFeed


def mirror(
    *, redis: "RedisClient | None", keystore: "MemoryKeystore | RedisKeystore", tracer: Tracer
) -> OrgMirror:
    """Where changed orgs are copied to."""
    if redis is None or not tracer.is_on:
        return keystore
    from adapters.redis.traced import TracedMirror

    return TracedMirror(keystore, tracer)


def org_queue(*, settings: Settings, tracer: Tracer) -> OrgQueue:
    if not settings.org_sync_queue_url:
        from adapters.memory.queue import MemoryOrgQueue

        return MemoryOrgQueue()
    require("boto3", extra="aws", what="ALDEA_ORG_SYNC_QUEUE_URL")
    from adapters.sqs.client import SqsClient
    from adapters.sqs.queue import SqsOrgQueue

    return SqsOrgQueue(SqsClient(settings.org_sync_queue_url), tracer if tracer.is_on else None)


def org_sync_source(*, settings: Settings) -> "SqsClient | None":
    """The queue's messages, as Lambda's event source reads them."""
    if not settings.org_sync_queue_url:
        return None
    require("boto3", extra="aws", what="ALDEA_ORG_SYNC_QUEUE_URL")
    from adapters.sqs.client import SqsClient

    return SqsClient(settings.org_sync_queue_url)


def change_signal(
    *, database: "Database | None", changes: "MemoryOrgChanges | SqlOrgChanges"
) -> ChangeSignal:
    if database is not None and database.dialect.name == "postgresql":
        from adapters.postgres.changes import PostgresChangeSignal

        return PostgresChangeSignal(database)
    from adapters.memory.changes import MemoryOrgChanges

    if isinstance(changes, MemoryOrgChanges):
        return changes
    return MemoryOrgChanges()  # SQLite sends no notifications, so changes are polled


def orphan_keys(*, redis: "RedisClient | None") -> OrphanKeys:
    if redis is None:
        from adapters.memory.orphan_keys import MemoryOrphanKeys

        return MemoryOrphanKeys()
    from adapters.redis.orphan_keys import RedisOrphanKeys

    return RedisOrphanKeys(redis)


def fill_marks(*, redis: "RedisClient | None") -> FillMarks:
    if redis is None:
        return MemoryFillMarks()
    from adapters.redis.fill_marks import RedisFillMarks

    return RedisFillMarks(redis)


def usage_feed(*, settings: Settings, redis: "RedisClient | None") -> "UsageFeed":
    if redis is None:
        from adapters.memory.usage import MemoryUsageQueue

        return MemoryUsageQueue()  # gateway and ledger are one process
    from adapters.redis.usage import RedisUsageFeed

    return RedisUsageFeed(
        redis, f"{settings.task_id}:{os.getpid()}", claim_seconds=settings.usage_claim_seconds
    )
