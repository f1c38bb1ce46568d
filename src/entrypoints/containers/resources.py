"""
Every resource of the management API, listed by whom it is for, in the order of the documentation.

A new route is a method of its resource, in `entrypoints/backend/resources`, under an `Operation`; a new
resource is one line here. Deepgram's dialect is listed in `containers/api.py`.
"""

from dependency_injector import providers

from entrypoints.backend.resources.account import AccountRoutes
from entrypoints.backend.resources.alerts import AlertRoutes
from entrypoints.backend.resources.audit import AuditRoutes
from entrypoints.backend.resources.billing_profiles import BillingProfileRoutes
from entrypoints.backend.resources.company_sign_in import CompanySignInRoutes
from entrypoints.backend.resources.costs import CostRoutes
from entrypoints.backend.resources.credit_notes import CreditNoteRoutes
from entrypoints.backend.resources.deliveries import DeliveryRoutes
from entrypoints.backend.resources.engines import EngineRoutes
from entrypoints.backend.resources.identity_provider import IdentityProviderRoutes
from entrypoints.backend.resources.invitations import InvitationRoutes
from entrypoints.backend.resources.invoices import InvoiceRoutes
from entrypoints.backend.resources.keys import KeyRoutes
from entrypoints.backend.resources.limits import LimitRoutes
from entrypoints.backend.resources.me import MeRoutes
from entrypoints.backend.resources.members import MemberRoutes
from entrypoints.backend.resources.operator import OperatorRoutes
from entrypoints.backend.resources.operator_invoices import OperatorInvoiceRoutes
from entrypoints.backend.resources.operator_limits import OperatorLimitRoutes
from entrypoints.backend.resources.operator_people import OperatorPeopleRoutes
from entrypoints.backend.resources.operator_state import OperatorStateRoutes
from entrypoints.backend.resources.operator_views import OperatorViewRoutes
from entrypoints.backend.resources.orgs import OrgRoutes, OrgsOfCaller
from entrypoints.backend.resources.overview import OverviewRoutes
from entrypoints.backend.resources.passkeys import PasskeyRoutes
from entrypoints.backend.resources.passwords import PasswordRoutes
from entrypoints.backend.resources.plans import PlanRoutes
from entrypoints.backend.resources.platform import PlatformRoutes
from entrypoints.backend.resources.refusals import RefusalRoutes
from entrypoints.backend.resources.requests import RequestRoutes
from entrypoints.backend.resources.second_factor import SecondFactorRoutes
from entrypoints.backend.resources.session_events import SessionEventRoutes
from entrypoints.backend.resources.sessions import SessionRoutes
from entrypoints.backend.resources.shown_invitations import ShownInvitationRoutes
from entrypoints.backend.resources.sign_in import SignInRoutes
from entrypoints.backend.resources.spending import SpendingRoutes
from entrypoints.backend.resources.tokens import TokenRoutes
from entrypoints.backend.resources.usage import UsageRoutes
from entrypoints.backend.resources.usage_groups import UsageGroupRoutes
from entrypoints.backend.resources.webhooks import WebhookRoutes
from entrypoints.containers.billing import Billing
from entrypoints.containers.identity import Identity
from entrypoints.containers.invoicing import Invoicing
from entrypoints.containers.keys import Keys
from entrypoints.containers.notifications import Notifications
from entrypoints.containers.operators import Operators
from entrypoints.containers.own_account import OwnAccount
from entrypoints.containers.people import People
from entrypoints.containers.sign_in_methods import SignInMethods
from entrypoints.containers.stores import Stores
from entrypoints.containers.wiring import Wiring, needs, wired
from entrypoints.factories import backend
from entrypoints.factories.sign_in_methods import redirect_uri
from entrypoints.runtime.session_feed import SessionFeeds


class AccountResources(Wiring):
    """People, their accounts, and how they sign in."""

    stores = needs(Stores)
    people = needs(People)
    identity = needs(Identity)
    own_account = needs(OwnAccount)
    sign_in_methods = needs(SignInMethods)

    orgs_of_caller = wired(OrgsOfCaller)
    account_resources = providers.List(
        wired(SignInRoutes),
        wired(PasswordRoutes),
        wired(MeRoutes),
        wired(AccountRoutes),
        wired(SecondFactorRoutes),
        wired(ShownInvitationRoutes, show="show_invitation", decline="decline_invitation"),
        wired(PasskeyRoutes),
        wired(CompanySignInRoutes),
    )


class OrgResources(Wiring):
    """Orgs, their members and keys, and what was transcribed."""

    stores = needs(Stores)
    people = needs(People)
    identity = needs(Identity)
    own_account = needs(OwnAccount)
    sign_in_methods = needs(SignInMethods)
    keys = needs(Keys)
    billing = needs(Billing)

    session_feeds = wired(SessionFeeds)
    orgs_of_caller = wired(OrgsOfCaller)

    org_resources = providers.List(
        wired(OrgRoutes),
        wired(MemberRoutes),
        wired(InvitationRoutes, accept="accept_invitation", withdraw="withdraw_invitation"),
        wired(IdentityProviderRoutes, redirect_uri=redirect_uri),
        wired(KeyRoutes),
        wired(
            TokenRoutes,
            are_shared=lambda settings: bool(settings.grant_secret or not settings.redis_url),
        ),
        wired(LimitRoutes),
        wired(OverviewRoutes),
        wired(SessionRoutes),
        wired(SessionEventRoutes),
        wired(UsageRoutes),
        wired(UsageGroupRoutes),
        wired(RequestRoutes),
        wired(RefusalRoutes),
        wired(AuditRoutes),
    )


class BillingResources(Wiring):
    """Money, and the events that orgs are sent."""

    stores = needs(Stores)
    people = needs(People)
    identity = needs(Identity)
    notifications = needs(Notifications)
    billing = needs(Billing)
    invoicing = needs(Invoicing)

    printer = wired(backend.printer)

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


class PlatformResources(Wiring):
    """The platform as a whole, and those who run it."""

    stores = needs(Stores)
    people = needs(People)
    identity = needs(Identity)
    billing = needs(Billing)
    operators = needs(Operators)

    platform_resources = providers.List(
        wired(
            PlatformRoutes,
            company=lambda settings: settings.seller[0],
            support=lambda settings: settings.support,
            api_url=lambda settings: settings.public_api_url,
            backend_url=lambda settings: settings.public_backend_url,
            dashboard_url=lambda settings: settings.dashboard_url.rstrip("/"),
        ),
        wired(OperatorRoutes),
        wired(OperatorLimitRoutes),
        wired(OperatorViewRoutes),
        wired(OperatorPeopleRoutes),
        wired(OperatorInvoiceRoutes),
        wired(EngineRoutes),
        wired(OperatorStateRoutes),
    )
