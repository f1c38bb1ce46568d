"""The queue of org changes on SQS."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import TypeVar, final

import attrs
import structlog

from typing_extensions import override

from adapters.sqs.client import BATCH, SqsClient
from aldea_core.domain.errors import Unavailable
from aldea_core.domain.ids import OrgId
from aldea_core.ports.queue import OrgQueue, QueuedOrg
from aldea_core.ports.tracing import SpanKind, Tracer
from aldea_core.protocol.org_message import org_message, org_of_message


log = structlog.get_logger()

_T = TypeVar("_T")


@final
@attrs.frozen
class SqsOrgQueue(OrgQueue):
    """
    Sends and deletes in batches of ten. Unreadable messages stay in the queue, whose redrive policy
    moves them to the dead-letter queue after some deliveries.
    """

    client: SqsClient
    tracer: Tracer | None = None

    @override
    async def send(
        self, orgs: Sequence[OrgId], traces: Mapping[OrgId, str] | None = None
    ) -> Sequence[OrgId]:
        taken: list[OrgId] = []
        for batch in _batches(orgs):
            try:
                places = await self._send(batch, traces or {})
            except Unavailable:
                if not taken:
                    raise
                return taken
            taken += [batch[place] for place in places]
        return taken

    async def _send(self, orgs: Sequence[OrgId], traces: Mapping[OrgId, str]) -> Sequence[int]:
        bodies = [org_message(org) for org in orgs]
        if self.tracer is None:
            return await self.client.send(bodies)
        queue = self.client.name
        with ExitStack() as stack:
            spans = [
                stack.enter_context(
                    self.tracer.span(
                        f"send {queue}",
                        SpanKind.PRODUCER,
                        parent=traces.get(org, ""),
                        attributes={
                            "messaging.system": "aws_sqs",
                            "messaging.operation.name": "send",
                            "messaging.operation.type": "send",
                            "messaging.destination.name": queue,
                        },
                    )
                )
                for org in orgs
            ]
            return await self.client.send(bodies, [span.traceparent for span in spans])

    @override
    async def receive(self, limit: int, *, wait: float = 0) -> Sequence[QueuedOrg]:
        received = []
        for message in await self.client.receive(limit, wait=wait):
            try:
                org = org_of_message(message.body)
            except ValueError as error:
                log.warning("message cannot be read", message=message.id, reason=str(error))
                continue
            received.append(QueuedOrg(message.id, org, message.receipt))
        return received

    @override
    async def acknowledge(self, messages: Sequence[QueuedOrg]) -> None:
        for batch in _batches([message.receipt for message in messages]):
            await self.client.delete(batch)


def _batches(items: Sequence[_T]) -> Iterator[Sequence[_T]]:
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]
