"""The backend: our API, Deepgram's, and the pipeline that each request passes."""

from dependency_injector import providers

from entrypoints.backend.deepgram.billing import ProjectBilling
from entrypoints.backend.deepgram.keys import ProjectKeys
from entrypoints.backend.deepgram.people import ProjectPeople
from entrypoints.backend.deepgram.projects import Projects
from entrypoints.backend.deepgram.usage import ProjectUsage
from entrypoints.backend.payment_notices import PaymentNotices
from entrypoints.backend.pipeline.authorizer import Authorizer
from entrypoints.backend.pipeline.dispatch import Dispatcher
from entrypoints.backend.pipeline.idempotency import Idempotency
from entrypoints.containers.billing import Billing
from entrypoints.containers.identity import Identity
from entrypoints.containers.invoicing import Invoicing
from entrypoints.containers.people import People
from entrypoints.containers.resources import (
    AccountResources,
    BillingResources,
    OrgResources,
    PlatformResources,
)
from entrypoints.containers.stores import Stores
from entrypoints.containers.sync import Sync
from entrypoints.containers.wiring import Wiring, needs, wired
from entrypoints.factories import backend
from entrypoints.factories.offered_models import offered_models_of


class Api(Wiring):
    stores = needs(Stores)
    people = needs(People)
    identity = needs(Identity)
    billing = needs(Billing)
    invoicing = needs(Invoicing)
    sync = needs(Sync)
    of_accounts = needs(AccountResources)
    of_orgs = needs(OrgResources)
    of_billing = needs(BillingResources)
    of_platform = needs(PlatformResources)

    deepgram_resources = providers.List(
        wired(Projects, subscriptions="plans", offered_models=offered_models_of),
        wired(ProjectKeys),
        wired(ProjectPeople, withdraw="withdraw_invitation"),
        wired(ProjectUsage),
        wired(ProjectBilling),
    )
    sub_apis = providers.List(wired(PaymentNotices))

    authorizer = wired(Authorizer, proxies=lambda settings: settings.forwarded_by)
    idempotency = wired(Idempotency)
    effect = wired(backend.effect)
    dispatch = wired(Dispatcher)
    backend = wired(backend.backend)
