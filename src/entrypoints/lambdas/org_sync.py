"""
org-sync: SQS → PostgreSQL → Redis.

Answers with the messages that failed, so that SQS delivers those again and no others; one that
fails too often ends in the dead-letter queue. It always copies an org as it is now, so messages may
come twice and in any order.
"""

import asyncio
import time

from collections.abc import Sequence
from typing import Any

import structlog

from aldea_core.domain.errors import Unavailable
from aldea_core.domain.ids import OrgId
from aldea_core.protocol.org_message import org_of_message
from aldea_core.use_cases.sync_orgs import SyncOrg
from entrypoints.back_office import BackOffice
from entrypoints.lambdas.cold_start import COLD_START, ColdStart
from entrypoints.lambdas.events import BadEvent


_AT_ONCE = 10

log = structlog.get_logger()

Answer = dict[str, list[dict[str, str]]]


def handler(event: Any, _context: object, *, cold_start: ColdStart = COLD_START) -> Answer:
    """
    Lambda's entry point.

    Raises:
        BadEvent: It is no event of SQS.
    """

    async def work(office: BackOffice) -> Answer:
        return await sync_batch(office.sync_org(), event)

    return cold_start.run(work)


async def sync_batch(sync_org: SyncOrg, event: Any) -> Answer:
    """
    Copies every org that *event* names, each once.

    Raises:
        BadEvent: It is no event of SQS.
    """
    began = time.monotonic()
    messages: dict[OrgId, list[str]] = {}
    failed: list[str] = []
    records = _records(event)
    for message_id, body in records:
        try:
            messages.setdefault(org_of_message(body), []).append(message_id)
        except ValueError as error:
            log.error(  # noqa: TRY400 (where we are says nothing about it)
                "message cannot be read", message=message_id, reason=str(error)
            )
            failed.append(message_id)
    room = asyncio.Semaphore(_AT_ONCE)
    done = await asyncio.gather(*(_sync(sync_org, org, room) for org in messages))
    for (org, ids), is_done in zip(messages.items(), done, strict=True):
        failed += [] if is_done else ids
        log.debug("org synced" if is_done else "org not synced", org=org, messages=ids)
    log.info(
        "batch synced",
        messages=len(records),
        orgs=len(messages),
        failed=len(failed),
        ms=round((time.monotonic() - began) * 1000),
    )
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


async def _sync(sync_org: SyncOrg, org: OrgId, room: asyncio.Semaphore) -> bool:
    async with room:
        try:
            await sync_org(org)
        except Unavailable as error:
            log.warning("org cannot be synced now", org=org, reason=error.in_full)
            return False
        except Exception:  # whatever it is, its neighbours are not to suffer
            log.exception("org cannot be synced", org=org)
            return False
        return True


def _records(event: Any) -> Sequence[tuple[str, str]]:
    """Id and body of each message."""
    match event:
        case {"Records": [*records]}:
            return [_record(record) for record in records]
        case _:
            log.error("event cannot be read", reason="it has no list of Records")
            raise BadEvent('An event of SQS is {"Records": […]}.')


def _record(record: Any) -> tuple[str, str]:
    match record:
        case {"messageId": str(message_id), **rest} if message_id:
            body = rest.get("body")
            return message_id, body if isinstance(body, str) else ""
        case _:
            # It cannot be named in the answer, so all of them have to come again.
            log.error("event cannot be read", reason="a record has no messageId")
            raise BadEvent("A record of SQS has a messageId.")
