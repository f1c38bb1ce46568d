"""Factories for events and webhooks."""

from adapters.memory.accounts import MemoryAccounts
from adapters.memory.alerts import MemoryAlerts
from adapters.memory.billing_profiles import MemoryBillingProfiles
from adapters.memory.events import MemoryEvents
from adapters.memory.webhooks import MemoryDeliveries, MemoryEndpoints
from adapters.postgres.alerts import SqlAlerts
from adapters.postgres.billing_profiles import SqlBillingProfiles
from adapters.postgres.engine import Database
from adapters.postgres.events import SqlEvents
from adapters.postgres.webhooks import SqlDeliveries, SqlEndpoints
from aldea_core.domain.notifications.emails import EventEmails
from aldea_core.ports.accounts import Accounts
from aldea_core.ports.billing_profiles import BillingProfiles
from aldea_core.ports.clock import Clock
from aldea_core.ports.webhook_sender import WebhookSender
from aldea_core.ports.webhooks import Deliveries, Endpoints
from entrypoints.factories.stores import store
from entrypoints.settings import Settings


events = store(MemoryEvents, SqlEvents)
endpoints = store(MemoryEndpoints, SqlEndpoints)
alerts = store(MemoryAlerts, SqlAlerts)


def deliveries(*, database: Database | None, endpoints: Endpoints) -> Deliveries:
    if database is not None:
        return SqlDeliveries(database)
    assert isinstance(endpoints, MemoryEndpoints)
    return MemoryDeliveries(endpoints)


def billing_profiles(*, database: Database | None, accounts: Accounts) -> BillingProfiles:
    if database is not None:
        return SqlBillingProfiles(database)
    assert isinstance(accounts, MemoryAccounts)
    return MemoryBillingProfiles(accounts)


def event_emails(*, settings: Settings) -> EventEmails:
    return EventEmails(settings.dashboard_url.rstrip("/"))


def webhook_sender(*, settings: Settings, clock: Clock) -> WebhookSender:
    from adapters.guarded_http.client import GuardedClient
    from adapters.guarded_http.webhook_sender import WebWebhookSender
    from entrypoints.factories.reachable_hosts import guard

    client = GuardedClient(guard(settings))
    return WebWebhookSender(client, clock, allow_http=settings.allow_private_urls)
