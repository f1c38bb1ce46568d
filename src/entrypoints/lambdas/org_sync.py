"""
org-sync: SQS → PostgreSQL → Redis.

Answers with the messages that failed, so that SQS delivers only those again; one that fails too
often ends in the dead-letter queue. An org is always copied in its current state, so messages may
be delivered twice and in any order.

Messages that failed because a store was unavailable are released, at once the first time and with
growing delays after, so that an outage of some minutes moves none to the dead-letter queue. The
messages of a Lambda that is killed wait for the queue's visibility timeout.
"""

import asyncio
import time

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, Protocol

import attrs
import structlog

from aldea_core.domain.errors import Unavailable
from aldea_core.domain.ids import OrgId
from aldea_core.ports.tracing import SpanKind, Tracer
from aldea_core.protocol.org_message import org_of_message
from aldea_core.use_cases.sync.sync_orgs import SyncOrg
from entrypoints.containers.services import Services
from entrypoints.lambdas.cold_start import COLD_START, ColdStart
from entrypoints.lambdas.events import BadEvent


_MOST_AT_ONCE = 10

log = structlog.get_logger()

BatchAnswer = dict[str, list[dict[str, str]]]

# Seconds until the next delivery, by the number of deliveries; in sum, more than three minutes
# before the fifth.
_DELAYS = (0, 5, 60, 120)


class Queue(Protocol):
    """The queue the messages came from."""

    async def release(self, delays: Mapping[str, int]) -> None:
        """Makes messages visible again after so many seconds, by their receipts."""


@attrs.frozen
class _Record:
    """
    A message in an event.

    Attributes:
        deliveries: How often it was delivered, this time included.
        trace: The traceparent that came with it; empty if none did.
    """

    id: str
    body: str
    receipt: str = attrs.field(default="", repr=False)
    deliveries: int = 1
    trace: str = ""


def handler(event: Any, _context: object, *, cold_start: ColdStart = COLD_START) -> BatchAnswer:
    """
    Lambda's entry point.

    Raises:
        BadEvent: The event is not from SQS.
    """

    async def work(services: Services) -> BatchAnswer:
        sync = services.sync
        return await sync_batch(
            sync.sync_org(), event, sync.org_sync_source(), services.stores.tracer()
        )

    return cold_start.run(work)


async def sync_batch(
    sync_org: SyncOrg, event: Any, queue: Queue | None = None, tracer: Tracer | None = None
) -> BatchAnswer:
    """
    Copies every org that *event* names, once each.

    Args:
        queue: Where failed messages are released for redelivery; None leaves them to the visibility
            timeout.
        tracer: Traces the copying of each org; None: it is not traced.

    Raises:
        BadEvent: The event is not from SQS.
    """
    began = time.monotonic()
    messages: dict[OrgId, list[_Record]] = {}
    failed: list[str] = []
    again: list[_Record] = []
    records = _records(event)
    for record in records:
        try:
            messages.setdefault(org_of_message(record.body), []).append(record)
        except ValueError as error:
            log.error(  # noqa: TRY400 (a traceback adds nothing)
                "message cannot be read", message=record.id, reason=str(error)
            )
            failed.append(record.id)
    places = asyncio.Semaphore(_MOST_AT_ONCE)
    copy = sync_org if tracer is None else partial(_traced, sync_org, tracer, messages)
    done = await asyncio.gather(*(_sync(copy, org, places) for org in messages))
    for (org, theirs), is_done in zip(messages.items(), done, strict=True):
        ids = [record.id for record in theirs]
        if not is_done:
            failed += ids
            again += theirs
        log.debug("org synced" if is_done else "org not synced", org=org, messages=ids)
    log.info(
        "batch synced",
        messages=len(records),
        orgs=len(messages),
        failed=len(failed),
        ms=round((time.monotonic() - began) * 1000),
    )
    if queue is not None and again:
        await _release(queue, again)
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


async def _release(queue: Queue, records: Sequence[_Record]) -> None:
    """Makes messages visible to receivers again, each after its delay."""
    delays = {
        record.receipt: _DELAYS[min(record.deliveries, len(_DELAYS)) - 1]
        for record in records
        if record.receipt
    }
    try:
        await queue.release(delays)
    except Unavailable as error:  # redelivered after the visibility timeout instead
        log.warning("messages wait", messages=len(delays), reason=error.in_full)


async def _traced(
    sync_org: SyncOrg, tracer: Tracer, messages: Mapping[OrgId, Sequence[_Record]], org: OrgId
) -> None:
    """Goes on with the trace of the newest message: the org is copied once for all of them."""
    *_, newest = messages[org]
    with tracer.span(
        "process org-sync",
        SpanKind.CONSUMER,
        parent=newest.trace,
        attributes={
            "messaging.system": "aws_sqs",
            "messaging.operation.name": "process",
            "messaging.operation.type": "process",
            "messaging.message.id": newest.id,
        },
    ):
        await sync_org(org)


async def _sync(
    sync_org: Callable[[OrgId], Awaitable[object]], org: OrgId, places: asyncio.Semaphore
) -> bool:
    async with places:
        try:
            await sync_org(org)
        except Unavailable as error:
            log.warning("org cannot be synced now", org=org, reason=error.in_full)
            return False
        except Exception:  # the other orgs of the batch must be copied all the same
            log.exception("org cannot be synced", org=org)
            return False
        return True


def _records(event: Any) -> Sequence[_Record]:
    match event:
        case {"Records": [*records]}:
            return [_record(record) for record in records]
        case _:
            log.error("event cannot be read", reason="it has no list of Records")
            raise BadEvent('An event of SQS is {"Records": […]}.')


def _record(record: Any) -> _Record:
    match record:
        case {"messageId": str(message_id), **rest} if message_id:
            body, receipt = rest.get("body"), rest.get("receiptHandle")
            return _Record(
                message_id,
                body if isinstance(body, str) else "",
                receipt if isinstance(receipt, str) else "",
                _deliveries(rest.get("attributes")),
                _trace(rest.get("messageAttributes")),
            )
        case _:
            # The answer cannot name it, so the whole batch must be delivered again.
            log.error("event cannot be read", reason="a record has no messageId")
            raise BadEvent("A record of SQS must have a messageId.")


def _deliveries(attributes: Any) -> int:
    match attributes:
        case {"ApproximateReceiveCount": str(count)} if count.isdecimal():
            return max(1, int(count))
        case _:
            return 1


def _trace(attributes: Any) -> str:
    match attributes:
        case {"traceparent": {"stringValue": str(trace)}}:
            return trace
        case _:
            return ""
