"""
A client of one SQS queue: runs boto3 in threads, and translates its errors into `Unavailable`.

Endpoint and region are parsed from the queue's URL, so they need no settings. Credentials are found
in boto3's usual way.
"""

import asyncio
import re
import threading

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import attrs

from aldea_core.domain.errors import AldeaError, Unavailable


# SQS's limits per request: messages, and seconds of long polling.
BATCH = 10
LONGEST_WAIT = 20
# A message's attribute that says which trace goes on with it.
TRACEPARENT = "traceparent"
_CONNECT_SECONDS = 2
_READ_SECONDS = 5
_ATTEMPTS = 2
_REGION = re.compile(r"^(?:sqs\.([a-z0-9-]+)|([a-z0-9-]+)\.queue)\.amazonaws\.com")


class BadQueueUrl(AldeaError):
    """The URL is not a queue's."""


@attrs.frozen
class Message:
    """
    A received message.

    Attributes:
        attributes: SQS's attributes of the message, as Lambda passes them on.
        trace: The traceparent that came with it; empty if none did.
    """

    id: str
    body: str
    receipt: str = attrs.field(repr=False)
    attributes: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    trace: str = ""


class SqsClient:
    """One queue. boto3 is loaded at the first call, because that takes a third of a second."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._parts = urlsplit(url)
        if self._parts.scheme not in {"http", "https"} or not self._parts.path.strip("/"):
            raise BadQueueUrl("The queue's URL must be https://HOST/ACCOUNT/NAME.")
        self._making = threading.Lock()
        self._boto: Any = None

    @property
    def name(self) -> str:
        """The queue's name."""
        return self._parts.path.rpartition("/")[2]

    async def send(self, bodies: Sequence[str], traces: Sequence[str] = ()) -> Sequence[int]:
        """
        Sends at most ten *bodies*. Returns the indexes of those that SQS accepted.

        Args:
            traces: The traceparent of each; empty for none.
        """
        entries: list[dict[str, Any]] = [
            {"Id": str(n), "MessageBody": body} for n, body in enumerate(bodies)
        ]
        for entry, trace in zip(entries, traces, strict=False):
            entry["MessageAttributes"] = {TRACEPARENT: {"DataType": "String", "StringValue": trace}}
        answer = await self._call("send_message_batch", Entries=entries)
        return [int(taken["Id"]) for taken in answer.get("Successful", ())]

    async def receive(self, limit: int, *, wait: float = 0) -> Sequence[Message]:
        """
        Receives at most *limit* messages.

        Args:
            wait: Seconds to wait for a message.
        """
        answer = await self._call(
            "receive_message",
            MaxNumberOfMessages=min(limit, BATCH),
            WaitTimeSeconds=min(-int(-wait // 1), LONGEST_WAIT),
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=[TRACEPARENT],
        )
        return [
            Message(
                found["MessageId"],
                found["Body"],
                found["ReceiptHandle"],
                found.get("Attributes", {}),
                found.get("MessageAttributes", {}).get(TRACEPARENT, {}).get("StringValue", ""),
            )
            for found in answer.get("Messages", ())
        ]

    async def delete(self, receipts: Sequence[str]) -> None:
        """
        Deletes at most ten messages.

        Raises:
            Unavailable: SQS does not answer, or did not delete all of them.
        """
        entries = [{"Id": str(n), "ReceiptHandle": receipt} for n, receipt in enumerate(receipts)]
        answer = await self._call("delete_message_batch", Entries=entries)
        if answer.get("Failed"):
            raise Unavailable("queue", why=f"it kept {len(answer['Failed'])} messages")

    async def release(self, delays: Mapping[str, int]) -> None:
        """
        Makes at most ten messages visible again before the queue's visibility timeout.

        Args:
            delays: Seconds until a message is visible again, by receipt.

        Raises:
            Unavailable: SQS does not answer, or did not change all of them.
        """
        entries = [
            {"Id": str(n), "ReceiptHandle": receipt, "VisibilityTimeout": seconds}
            for n, (receipt, seconds) in enumerate(delays.items())
        ]
        answer = await self._call("change_message_visibility_batch", Entries=entries)
        if answer.get("Failed"):
            raise Unavailable("queue", why=f"it lets {len(answer['Failed'])} messages wait")

    async def _call(self, action: str, **arguments: Any) -> Any:
        return await asyncio.to_thread(self._call_here, action, arguments)

    def _call_here(self, action: str, arguments: dict[str, Any]) -> Any:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 (see above)

        try:
            return getattr(self._connection(), action)(QueueUrl=self.url, **arguments)
        except ClientError as error:  # its message may contain signed values
            code = error.response.get("Error", {}).get("Code", "")
            raise Unavailable("queue", why=f"{action}: {code}") from error
        except (BotoCoreError, OSError) as error:
            raise Unavailable("queue", why=str(error)) from error

    def _connection(self) -> Any:
        with self._making:
            if self._boto is None:
                self._boto = self._connect()
            return self._boto

    def _connect(self) -> Any:
        import boto3  # noqa: PLC0415 (see above)

        from botocore.config import Config  # noqa: PLC0415

        session = boto3.Session()
        named = _REGION.match(self._parts.netloc)
        region = (named[1] or named[2]) if named else session.region_name
        config = Config(
            connect_timeout=_CONNECT_SECONDS,
            read_timeout=_READ_SECONDS + LONGEST_WAIT,
            retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
        )
        return session.client(
            "sqs",
            endpoint_url=f"{self._parts.scheme}://{self._parts.netloc}",
            region_name=region or "us-east-1",
            config=config,
        )
