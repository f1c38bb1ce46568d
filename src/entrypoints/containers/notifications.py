"""Events of orgs, and the webhooks that they are sent to."""

from aldea_core.use_cases.notifications.change_endpoint import (
    AddEndpoint,
    ChangeEndpoint,
    RotateSecret,
)
from aldea_core.use_cases.notifications.deliver_webhooks import DeliverWebhooks
from aldea_core.use_cases.notifications.dispatch_events import DispatchEvents
from aldea_core.use_cases.notifications.email_event import EmailEvent
from aldea_core.use_cases.notifications.send_again import SendAgain, SendTest
from aldea_core.use_cases.notifications.watch_keys import WatchKeys
from entrypoints.containers.people import People
from entrypoints.containers.stores import Stores
from entrypoints.containers.wiring import Wiring, needs, wired
from entrypoints.factories import notifications


class Notifications(Wiring):
    stores = needs(Stores)
    people = needs(People)

    event_emails = wired(notifications.event_emails)
    email_event = wired(EmailEvent)
    dispatch_events = wired(DispatchEvents)

    watch_keys = wired(WatchKeys)

    webhook_sender = wired(notifications.webhook_sender)
    deliver_webhooks = wired(DeliverWebhooks)
    add_endpoint = wired(AddEndpoint)
    change_endpoint = wired(ChangeEndpoint)
    rotate_secret = wired(RotateSecret)
    send_test = wired(SendTest)
    send_again = wired(SendAgain)
