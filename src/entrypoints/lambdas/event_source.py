"""
A local stand-in for Lambda's event source mapping: takes batches from SQS, calls the same handler
with the same event as AWS, and deletes the messages that did not fail. Failed messages are
delivered again after their visibility timeout, until the queue moves them to the dead-letter queue.
"""

import asyncio

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

import attrs
import structlog

from aldea_core.domain.errors import Unavailable
from entrypoints.lambdas.events import LocalContext


_BATCH = 10
# Long polling, but no longer than stopping may take.
_WAIT_SECONDS = 1.0
_AGAIN_SECONDS = 1.0
_LAMBDA_SECONDS = 60.0

log = structlog.get_logger()

Handler = Callable[[Any, object], Mapping[str, Any]]


class Message(Protocol):
    """A received SQS message."""

    @property
    def id(self) -> str: ...
    @property
    def body(self) -> str: ...
    @property
    def receipt(self) -> str: ...
    @property
    def attributes(self) -> Mapping[str, str]: ...


class Source(Protocol):
    """An SQS queue's messages."""

    async def receive(self, limit: int, *, wait: float = 0) -> Sequence[Message]: ...

    async def delete(self, receipts: Sequence[str]) -> None: ...


@attrs.define
class EventSource:
    """Feeds *handler* from *source*, one batch at a time, in a thread of its own."""

    source: Source
    handler: Handler
    is_stopped: bool = False

    def stop(self) -> None:
        """Stops `run` after the current batch."""
        self.is_stopped = True

    async def run(self) -> None:
        """Handles batches until stopped."""
        with ThreadPoolExecutor(1, "lambda") as thread:
            while not self.is_stopped:
                try:
                    await self._turn(thread)
                except Unavailable as error:
                    log.warning("trying again", reason=error.in_full)
                    await asyncio.sleep(_AGAIN_SECONDS)

    async def _turn(self, thread: ThreadPoolExecutor) -> None:
        messages = await self.source.receive(_BATCH, wait=_WAIT_SECONDS)
        if not messages:
            return
        event = {"Records": [record_of(message) for message in messages]}
        loop = asyncio.get_running_loop()
        context = LocalContext(_LAMBDA_SECONDS)
        try:
            answer = await loop.run_in_executor(thread, self.handler, event, context)
        except Exception:  # a function that raises has handled none of the messages
            log.exception("function failed", messages=len(messages))
            return
        failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
        done = [message.receipt for message in messages if message.id not in failed]
        if done:
            await self.source.delete(done)


def record_of(message: Message) -> dict[str, Any]:
    """*message* as a record of Lambda's event."""
    return {
        "messageId": message.id,
        "receiptHandle": message.receipt,
        "body": message.body,
        "attributes": dict(message.attributes),
        "messageAttributes": {},
        "eventSource": "aws:sqs",
    }
