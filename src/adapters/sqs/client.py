"""
Talking to one SQS queue, and keeping boto3's threads and errors at this folder's edge.

A queue's URL says where it is, so endpoint and region need no settings of their own; credentials
are found as boto3 always finds them.
"""

import asyncio
import re
import threading

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import attrs

from aldea_core.domain.errors import AldeaError, Unavailable


# The most that SQS takes or gives at once.
BATCH = 10
LONGEST_WAIT = 20
_CONNECT_SECONDS = 2
_READ_SECONDS = 5
_ATTEMPTS = 2
_REGION = re.compile(r"^(?:sqs\.([a-z0-9-]+)|([a-z0-9-]+)\.queue)\.amazonaws\.com")


class BadQueueUrl(AldeaError):
    """The URL names no queue."""


@attrs.frozen
class Message:
    """
    A message as it was received.

    Attributes:
        attributes: What SQS says of it, as Lambda hands it on.
    """

    id: str
    body: str
    receipt: str = attrs.field(repr=False)
    attributes: Mapping[str, str] = attrs.field(factory=dict, repr=False)


class Client:
    """
    One queue.

    Nothing is connected before it is used: boto3 takes a third of a second to get ready.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._parts = urlsplit(url)
        if self._parts.scheme not in {"http", "https"} or not self._parts.path.strip("/"):
            raise BadQueueUrl("The queue's URL must be https://HOST/ACCOUNT/NAME.")
        self._making = threading.Lock()
        self._boto: Any = None

    async def send(self, bodies: Sequence[str]) -> Sequence[int]:
        """
        Which of at most ten *bodies* were taken, by their place.

        Raises:
            Unavailable: SQS does not answer.
        """
        entries = [{"Id": str(n), "MessageBody": body} for n, body in enumerate(bodies)]
        answer = await self._call("send_message_batch", Entries=entries)
        return [int(taken["Id"]) for taken in answer.get("Successful", ())]

    async def receive(self, limit: int, *, wait: float = 0) -> Sequence[Message]:
        """
        Raises:
            Unavailable: SQS does not answer.
        """
        answer = await self._call(
            "receive_message",
            MaxNumberOfMessages=min(limit, BATCH),
            WaitTimeSeconds=min(-int(-wait // 1), LONGEST_WAIT),
            MessageSystemAttributeNames=["All"],
        )
        return [
            Message(
                found["MessageId"],
                found["Body"],
                found["ReceiptHandle"],
                found.get("Attributes", {}),
            )
            for found in answer.get("Messages", ())
        ]

    async def delete(self, receipts: Sequence[str]) -> None:
        """
        Forgets at most ten messages.

        Raises:
            Unavailable: SQS does not answer, or kept some.
        """
        entries = [{"Id": str(n), "ReceiptHandle": receipt} for n, receipt in enumerate(receipts)]
        answer = await self._call("delete_message_batch", Entries=entries)
        if answer.get("Failed"):
            raise Unavailable("queue", why=f"it kept {len(answer['Failed'])} messages")

    async def release(self, delays: Mapping[str, int]) -> None:
        """
        Lets at most ten messages be delivered again, without waiting for the queue's own timeout.

        Args:
            delays: By receipt, in how many seconds.

        Raises:
            Unavailable: SQS does not answer, or let some wait.
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
        except ClientError as error:  # its message may hold what was signed
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
