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

from entrypoints.lambdas.events import LocalContext


_BATCH = 10
# Long polling, but no longer than stopping may take.
_WAIT_SECONDS = 1.0
_LAMBDA_SECONDS = 60.0

log = structlog.get_logger()

LambdaHandler = Callable[[Any, object], Mapping[str, Any]]


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
    @property
    def trace(self) -> str: ...


class MessageSource(Protocol):
    """An SQS queue's messages."""

    async def receive(self, limit: int, *, wait: float = 0) -> Sequence[Message]: ...

    async def delete(self, receipts: Sequence[str]) -> None: ...


@attrs.frozen
class EventSource:
    """Feeds *handler* from *source*, one batch at a time, in the one thread of *thread*."""

    source: MessageSource
    handler: LambdaHandler
    thread: ThreadPoolExecutor

    async def turn(self) -> int:
        """
        Handles a batch, once messages have come; returns how many there were.

        Raises:
            Unavailable: The queue does not answer.
        """
        messages = await self.source.receive(_BATCH, wait=_WAIT_SECONDS)
        if not messages:
            return 0
        event = {"Records": [record_of(message) for message in messages]}
        loop = asyncio.get_running_loop()
        context = LocalContext(_LAMBDA_SECONDS)
        try:
            answer = await loop.run_in_executor(self.thread, self.handler, event, context)
        except Exception:  # a function that raises has handled none of the messages
            log.exception("function failed", messages=len(messages))
            return 0
        failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
        done = [message.receipt for message in messages if message.id not in failed]
        if done:
            await self.source.delete(done)
        return len(messages)


def record_of(message: Message) -> dict[str, Any]:
    """*message* as a record of Lambda's event."""
    return {
        "messageId": message.id,
        "receiptHandle": message.receipt,
        "body": message.body,
        "attributes": dict(message.attributes),
        "messageAttributes": {"traceparent": {"dataType": "String", "stringValue": message.trace}}
        if message.trace
        else {},
        "eventSource": "aws:sqs",
    }
