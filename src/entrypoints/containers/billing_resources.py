"""The resources of the backend API about money, and about the events that orgs are sent."""

from dependency_injector import providers

from entrypoints.backend.resources.alerts import AlertRoutes
from entrypoints.backend.resources.billing_profiles import BillingProfileRoutes
from entrypoints.backend.resources.costs import CostRoutes
from entrypoints.backend.resources.credit_notes import CreditNoteRoutes
from entrypoints.backend.resources.deliveries import DeliveryRoutes
from entrypoints.backend.resources.invoices import InvoiceRoutes
from entrypoints.backend.resources.plans import PlanRoutes
from entrypoints.backend.resources.spending import SpendingRoutes
from entrypoints.backend.resources.webhooks import WebhookRoutes
from entrypoints.containers.billing import Billing
from entrypoints.containers.identity import Identity
from entrypoints.containers.invoicing import Invoicing
from entrypoints.containers.notifications import Notifications
from entrypoints.containers.people import People
from entrypoints.containers.stores import Stores
from entrypoints.containers.wiring import Wiring, needs, wired
from entrypoints.factories import backend


class BillingResources(Wiring):
    stores = needs(Stores)
    people = needs(People)
    identity = needs(Identity)
    notifications = needs(Notifications)
    billing = needs(Billing)
    invoicing = needs(Invoicing)

    printer = wired(backend.printer)

    # In the order of the documentation, after `Resources`.
    billing_resources = providers.List(
        wired(PlanRoutes),
        wired(SpendingRoutes, subscriptions="plans"),
        wired(CostRoutes),
        wired(InvoiceRoutes),
        wired(CreditNoteRoutes),
        wired(BillingProfileRoutes),
        wired(WebhookRoutes),
        wired(DeliveryRoutes),
        wired(AlertRoutes),
    )
