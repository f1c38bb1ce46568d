"""A receiver of webhooks, and the use cases that send to it, on memory adapters."""

import json

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import attrs

from aiohttp import web
from aiohttp.test_utils import TestServer
from typing_extensions import override

from adapters.guarded_http.client import GuardedClient
from adapters.guarded_http.guard import Guard
from adapters.guarded_http.webhook_sender import WebWebhookSender
from adapters.memory.accounts import MemoryAccounts
from adapters.memory.alerts import MemoryAlerts
from adapters.memory.billing_profiles import MemoryBillingProfiles
from adapters.memory.clock import ManualClock
from adapters.memory.email_outbox import MemoryEmailOutbox
from adapters.memory.events import MemoryEvents
from adapters.memory.members import MemoryMembers
from adapters.memory.randomness import SeededRandomness
from adapters.memory.transaction import MemoryTransaction
from adapters.memory.users import MemoryUsers
from adapters.memory.webhooks import MemoryDeliveries, MemoryEndpoints
from aldea_core.domain.errors import BadRequest
from aldea_core.domain.ids import OrgId
from aldea_core.domain.notifications.emails import EventEmails
from aldea_core.domain.notifications.events import Event, EventType
from aldea_core.domain.notifications.webhooks import Endpoint
from aldea_core.ports.webhook_sender import Post, PostOutcome, WebhookSender
from aldea_core.use_cases.notifications.change_endpoint import (
    AddEndpoint,
    ChangeEndpoint,
    RotateSecret,
)
from aldea_core.use_cases.notifications.deliver_webhooks import DeliverWebhooks
from aldea_core.use_cases.notifications.dispatch_events import DispatchEvents
from aldea_core.use_cases.notifications.email_event import EmailEvent
from aldea_core.use_cases.notifications.record_event import RecordEvent
from aldea_core.use_cases.notifications.send_again import SendAgain, SendTest


ACME = OrgId("acme")


@attrs.frozen
class Received:
    body: bytes
    headers: dict[str, str]

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


@attrs.define
class Receiver:
    """
    Attributes:
        answers: With what it answers, as long as it is set.
        received: What came, refused or not.
        accepted: What came and was answered with 2xx.
    """

    url: str = ""
    answers: int = 204
    text: str = ""
    headers: dict[str, str] = attrs.Factory(dict)
    received: list[Received] = attrs.Factory(list)
    accepted: list[Received] = attrs.Factory(list)

    async def take(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        one = Received(await request.read(), headers)
        self.received.append(one)
        if self.answers < 300:
            self.accepted.append(one)
        return web.Response(status=self.answers, text=self.text, headers=self.headers)


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", made.take)
    async with TestServer(app) as server:
        made.url = str(server.make_url("/hook"))
        yield made


@attrs.define
class SentHere(WebhookSender):
    """
    A sender without a network: what is sent is kept here, and answered at once.

    Attributes:
        answers: With what; None if nothing answers.
        answers_in_turn: With what before that, one for each post.
        meanwhile: What happens before the next answer.
        sent: Every post, accepted or not.
    """

    answers: int | None = 204
    text: str = ""
    answers_in_turn: list[int] = attrs.Factory(list)
    meanwhile: Callable[[], Awaitable[object]] | None = None
    sent: list[Post] = attrs.Factory(list)

    @override
    async def check(self, url: str) -> None:
        if not url.startswith("https://"):
            raise BadRequest("Only https is allowed.")

    @override
    async def send(self, posts: Sequence[Post]) -> Sequence[PostOutcome]:
        self.sent += posts
        if (happens := self.meanwhile) is not None:
            self.meanwhile = None
            await happens()
        return [self._outcome() for _ in posts]

    def _outcome(self) -> PostOutcome:
        answer = self.answers_in_turn.pop(0) if self.answers_in_turn else self.answers
        problem = "" if answer in {200, 204} else f"It answers {answer}."
        return PostOutcome(answer, problem, 7, self.text)

    @property
    def ids(self) -> list[str]:
        """Of the events that were sent, in order."""
        return [json.loads(post.body)["id"] for post in self.sent]


class WebhookWorld:
    """
    Time passes by *clock* alone.

    Args:
        sender: None for one that makes real requests.
    """

    def __init__(self, sender: WebhookSender | None = None) -> None:
        self.clock = ManualClock(datetime(2026, 11, 1, tzinfo=UTC))
        self.randomness = SeededRandomness()
        self.accounts = MemoryAccounts()
        self.events = MemoryEvents()
        self.endpoints = MemoryEndpoints()
        self.deliveries = MemoryDeliveries(self.endpoints)
        self.transaction = MemoryTransaction([self.events, self.endpoints, self.deliveries])
        self.client = GuardedClient(Guard(allow_private=True))
        self.sender = sender or WebWebhookSender(self.client, self.clock, allow_http=True)
        self.record_event = RecordEvent(self.events, self.randomness, self.clock)
        self.members = MemoryMembers()
        self.users = MemoryUsers()
        self.alerts = MemoryAlerts()
        self.billing_profiles = MemoryBillingProfiles(self.accounts)
        self.outbox = MemoryEmailOutbox()
        self.email_event = EmailEvent(
            self.accounts,
            self.members,
            self.users,
            self.alerts,
            self.outbox,
            self.billing_profiles,
            EventEmails("https://dashboard.example"),
            self.clock,
        )
        self.dispatch = DispatchEvents(
            self.events,
            self.endpoints,
            self.deliveries,
            self.email_event,
            self.transaction,
            self.randomness,
            self.clock,
        )
        self.deliver = DeliverWebhooks(
            self.events,
            self.endpoints,
            self.deliveries,
            self.sender,
            self.transaction,
            self.record_event,
            self.clock,
        )
        self.add = AddEndpoint(self.endpoints, self.sender, self.randomness, self.clock)
        self.change = ChangeEndpoint(self.endpoints, self.sender)
        self.rotate = RotateSecret(self.endpoints, self.randomness, self.clock)
        self.send_again = SendAgain(
            self.endpoints, self.events, self.deliveries, self.randomness, self.clock
        )
        self.send_test = SendTest(
            self.endpoints,
            self.events,
            self.deliveries,
            self.record_event,
            self.randomness,
            self.clock,
        )

    async def happen(self, type_: EventType = EventType.INVOICE_ISSUED, **data: Any) -> Event:
        event = await self.record_event(ACME, type_, data)
        assert event is not None
        return event

    async def run(self) -> int:
        """What the jobs do until nothing is due; the number of attempts."""
        while await self.dispatch():
            pass
        made = 0
        while count := await self.deliver():
            made += count
        return made

    async def until_settled(self, endpoint: Endpoint) -> None:
        """Lets time pass until no delivery to *endpoint* is pending."""
        for _ in range(1000):
            await self.run()
            due = [each.next for each in await self.deliveries.of_endpoint(endpoint.id)]
            waits = [at for at in due if at is not None]
            known = await self.endpoints.find(ACME, endpoint.id)
            if not waits or known is None or not known.is_enabled:
                return
            self.clock.advance((min(waits) - self.clock.now()).total_seconds())
        raise AssertionError("deliveries stay pending")

    async def close(self) -> None:
        await self.client.close()
