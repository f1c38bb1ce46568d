"""
redis-seeder: fills Redis from PostgreSQL, for all orgs or some; or only compares the two.

It holds one page of orgs in memory at a time. Near Lambda's time limit it answers with a cursor, to
be invoked with again; using a cursor twice does no harm.
"""

import asyncio
import time

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, assert_never

import attrs
import structlog

from aldea_core.domain.errors import Unavailable
from aldea_core.domain.ids import OrgId
from entrypoints.containers.services import Services
from entrypoints.lambdas.cold_start import COLD_START, ColdStart
from entrypoints.lambdas.events import (
    BadEvent,
    Context,
    SeedAll,
    SeedSome,
    Verify,
    progress_of,
    seeder_event,
)
from entrypoints.lambdas.verifying import verify
from entrypoints.runtime.periodic import retrying


# Milliseconds reserved for the last page, the answer, and a slow store.
_SPARE_MS = 30_000
_AT_ONCE = 10

log = structlog.get_logger()

SeedAnswer = dict[str, Any]
ReportCounts = Callable[[Mapping[str, Any]], None]


def _say_nothing(_: Mapping[str, Any]) -> None: ...


def handler(
    event: Any,
    context: Context,
    *,
    cold_start: ColdStart = COLD_START,
    report: ReportCounts = _say_nothing,
) -> SeedAnswer:
    """
    Lambda's entry point.

    Args:
        report: Called with the progress.

    Raises:
        BadEvent: The event is malformed.
        TooManyOrphans: The database does not have most of the orgs in Redis.
        Unavailable: A store does not answer, even after several attempts.
    """

    async def work(services: Services) -> SeedAnswer:
        return await answer(services, event, context, report)

    return cold_start.run(work)


async def answer(
    services: Services, event: Any, context: Context, report: ReportCounts
) -> SeedAnswer:
    """See `handler`."""
    began = time.monotonic()
    try:
        wanted = seeder_event(event)
        match wanted:
            case SeedAll(cursor, force):
                said = await _seed_all(services, cursor, context, report, force=force)
            case SeedSome(orgs):
                said = await _seed_some(services, orgs)
            case Verify(cursor):
                said = await verify(services, cursor, context, report)
            case _:
                assert_never(wanted)
    except BadEvent as error:
        log.error("event cannot be read", reason=str(error))  # noqa: TRY400 (the text says all)
        raise
    said["seconds"] = round(time.monotonic() - began, 2)
    log.info("seeder", **{name: value for name, value in said.items() if name != "differences"})
    return said


@attrs.define
class _Seeding:
    """Progress so far. The cursor carries it, so that the last answer has the totals."""

    filling: str = ""
    after: OrgId | None = None
    orgs: int = 0
    keys: int = 0
    newer: int = 0


async def _seed_all(
    services: Services,
    cursor: Mapping[str, Any],
    context: Context,
    report: ReportCounts,
    *,
    force: bool,
) -> SeedAnswer:
    at = progress_of(cursor, _Seeding)
    seed = services.sync.seed_orgs()
    if not at.filling:
        at.filling = await retrying(lambda: seed.begin(force=force))
    page = await retrying(lambda: seed.read(at.after))
    while page:
        newer, following = await asyncio.gather(
            retrying(partial(seed.write, page)),
            retrying(partial(seed.read, page[-1].org)),
        )
        at.after = page[-1].org
        at.orgs += len(page)
        at.keys += sum(len(snapshot.keys) for snapshot in page)
        at.newer += newer
        report({"orgs": at.orgs, "keys": at.keys})
        if context.get_remaining_time_in_millis() < _SPARE_MS:
            return {"done": False, "cursor": attrs.asdict(at)}
        page = following
    removed = await retrying(lambda: seed.remove_orphans(force=force))
    if not await retrying(lambda: seed.finish(at.filling)):
        log.warning("Redis lost some of it meanwhile")
    return {
        "done": True,
        "orgs": at.orgs,
        "keys": at.keys,
        "newer": at.newer,
        "removed_orgs": removed.orgs,
        "removed_keys": removed.keys,
    }


async def _seed_some(services: Services, orgs: tuple[OrgId, ...]) -> SeedAnswer:
    room = asyncio.Semaphore(_AT_ONCE)

    failed: list[OrgId] = []
    unknown: list[OrgId] = []

    async def seed(org: OrgId) -> None:
        async with room:
            try:
                if not await retrying(lambda: services.sync.sync_org()(org)):
                    log.error("no such org", org=org)
                    unknown.append(org)
            except Unavailable as error:
                log.warning("org cannot be seeded now", org=org, reason=error.in_full)
                failed.append(org)

    await asyncio.gather(*(seed(org) for org in orgs))
    seeded = len(orgs) - len(failed) - len(unknown)
    return {"done": not failed, "orgs": seeded, "failed": failed, "unknown": unknown}
