"""Expired data is removed."""

from datetime import timedelta

from tests.contract.events import event

from adapters.memory.accounts import MemoryAccounts
from adapters.memory.attempt_limiter import MemoryAttemptLimiter
from adapters.memory.billing_profiles import MemoryBillingProfiles
from adapters.memory.clock import ManualClock
from adapters.memory.email_outbox import MemoryEmailOutbox
from adapters.memory.events import MemoryEvents
from adapters.memory.idempotency import MemoryIdempotencyStore
from adapters.memory.webhooks import MemoryDeliveries, MemoryEndpoints
from aldea_core.domain.access.emails import Email
from aldea_core.domain.access.pace import Pace
from aldea_core.domain.billing.profiles import BillingProfile, InvoiceTerms
from aldea_core.domain.ids import OrgId
from aldea_core.domain.notifications.webhooks import KEPT
from aldea_core.ports.idempotency import Claimed, Kept
from aldea_core.use_cases.access.delete_expired import (
    ANSWERS_KEPT,
    EMAILS_KEPT,
    TERMS_KEPT,
    DeleteExpired,
)


ONCE_AN_HOUR = Pace(1, timedelta(hours=1))


def no_profiles():
    return MemoryBillingProfiles(MemoryAccounts())


async def test_old_idempotency_entries_and_rate_limits_are_removed():
    """
    Not before they are old.
    """
    clock, answers, attempts = ManualClock(), MemoryIdempotencyStore(), MemoryAttemptLimiter()
    events, deliveries = MemoryEvents(), MemoryDeliveries(MemoryEndpoints())
    forget = DeleteExpired(
        answers, attempts, MemoryEmailOutbox(), events, deliveries, no_profiles(), clock
    )
    began = clock.now()
    await answers.claim("name", "request", "one", at=began, stale=began)
    await answers.keep("name", "one", b"answer")
    await attempts.take("name", ONCE_AN_HOUR, at=began)
    await events.add(event("old", at=began - KEPT))
    await events.mark_dispatched(["old"])
    await forget()
    assert set(await events.of_ids(["old"])) == {"old"}
    kept = await answers.claim("name", "request", "two", at=began, stale=began)
    clock.advance(ANSWERS_KEPT.total_seconds() + 1)
    await forget()

    assert kept == Kept("request", b"answer")
    assert attempts._full == {}
    assert await events.of_ids(["old"]) == {}
    assert await answers.claim("name", "request", "two", at=began, stale=began) == Claimed("two")


async def test_sent_emails_are_forgotten():
    """
    A month later.
    """
    clock, outbox = ManualClock(), MemoryEmailOutbox()
    events, deliveries = MemoryEvents(), MemoryDeliveries(MemoryEndpoints())
    forget = DeleteExpired(
        MemoryIdempotencyStore(),
        MemoryAttemptLimiter(),
        outbox,
        events,
        deliveries,
        no_profiles(),
        clock,
    )
    await outbox.add(Email("ann@example.com", "One", "First."), at=clock.now())
    waiting = await outbox.claim(at=clock.now(), until=clock.now())
    await outbox.mark_failed(waiting.id, "refused", at=clock.now())
    await forget()
    kept = await outbox.state()
    clock.advance(EMAILS_KEPT.total_seconds() + 1)
    await forget()

    assert (kept.failed, (await outbox.state()).failed) == (1, 0)


async def test_customers_of_deleted_orgs_are_forgotten():
    """
    Once no more usage of theirs can come in.
    """
    clock, profiles = ManualClock(), no_profiles()
    events, deliveries = MemoryEvents(), MemoryDeliveries(MemoryEndpoints())
    forget = DeleteExpired(
        MemoryIdempotencyStore(),
        MemoryAttemptLimiter(),
        MemoryEmailOutbox(),
        events,
        deliveries,
        profiles,
        clock,
    )
    acme, terms = OrgId("acme"), InvoiceTerms(BillingProfile("Acme S.L."))
    await profiles.keep(acme, terms, at=clock.now())
    await forget()
    kept = await profiles.kept(acme)
    clock.advance(TERMS_KEPT.total_seconds() + 1)
    await forget()

    assert (kept, await profiles.kept(acme)) == (terms, None)
