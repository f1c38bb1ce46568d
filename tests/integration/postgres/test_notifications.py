"""The database adapters keep the promises of events and webhooks, also under concurrency."""

import asyncio

from contextvars import Context

import attrs

from tests.contract.events import event
from tests.contract.sql_notifications import (
    SqlAlertsContract,
    SqlDeliveriesContract,
    SqlEndpointsContract,
    SqlEventsContract,
    SqlUsageAlertsContract,
)
from tests.contract.values import NOW, ORG
from tests.contract.webhooks import UNTIL, delivery, endpoint
from tests.servers.webhooks import SentHere

from adapters.memory.clock import ManualClock
from adapters.memory.randomness import SeededRandomness
from adapters.postgres.events import SqlEvents
from adapters.postgres.transaction import SqlTransaction
from adapters.postgres.webhooks import SqlDeliveries
from aldea_core.domain.notifications.webhooks import GONE
from aldea_core.use_cases.notifications.deliver_webhooks import DeliverWebhooks
from aldea_core.use_cases.notifications.record_event import RecordEvent


class TestPostgresEvents(SqlEventsContract):
    async def test_of_concurrent_events_that_happen_once_one_is_stored(self, events):
        added = await asyncio.gather(
            *(events.add(event(f"e{n}", once="usage:80:2026-01")) for n in range(8))
        )

        assert sum(added) == 1
        assert len(await events.undispatched(10)) == 1

    async def test_what_was_undone_may_happen_again(self, events, database):
        """
        The event is part of its transaction: one that waits for it stores its own.
        """
        begun, ended = asyncio.Event(), asyncio.Event()

        async def undone() -> None:
            async with SqlTransaction(database).about("a"):
                assert await events.add(event("a", once="usage:80:2026-01"))
                begun.set()
                await ended.wait()
                raise RuntimeError

        first = asyncio.create_task(undone())
        await begun.wait()
        second = asyncio.create_task(events.add(event("b", once="usage:80:2026-01")))
        await asyncio.sleep(0)
        ended.set()

        assert await second
        assert isinstance((await asyncio.gather(first, return_exceptions=True))[0], RuntimeError)
        assert [each.id for each in await events.undispatched(10)] == ["b"]


class TestPostgresEndpoints(SqlEndpointsContract):
    async def test_change_of_an_org_does_not_enable_what_is_disabled_meanwhile(
        self, endpoints, database
    ):
        """
        An endpoint that is gone, as its answer says, while a person describes it.
        """
        events, deliveries = SqlEvents(database), SqlDeliveries(database)
        transaction, clock = SqlTransaction(database), ManualClock(NOW)
        deliver = DeliverWebhooks(
            events,
            endpoints,
            deliveries,
            SentHere(answers=GONE),
            transaction,
            RecordEvent(events, SeededRandomness(), clock),
            clock,
        )
        await endpoints.put(endpoint())
        await events.add(event("evt-d"))
        await deliveries.add([delivery()])

        async with transaction.about(ORG):
            known = await endpoints.find(ORG, "e")
            delivering = asyncio.create_task(deliver(), context=Context())
            await asyncio.wait([delivering], timeout=0.3)
            await endpoints.put(attrs.evolve(known, description="ours"))
        await delivering

        after = await endpoints.find(ORG, "e")
        assert (after.description, after.is_enabled) == ("ours", False)


class TestPostgresDeliveries(SqlDeliveriesContract):
    async def test_concurrent_claims_share_the_deliveries(self, deliveries):
        await deliveries.add([delivery(f"d{n}") for n in range(40)])

        claims = await asyncio.gather(
            *(deliveries.claim(at=NOW, until=UNTIL, limit=10, per_endpoint=10) for _ in range(8))
        )

        claimed = [each.id for claim in claims for each in claim]
        assert len(claimed) == len(set(claimed))
        assert len(claimed) >= 10


class TestPostgresAlerts(SqlAlertsContract):
    pass


class TestPostgresUsageAlerts(SqlUsageAlertsContract):
    pass
