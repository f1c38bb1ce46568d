"""The resources of the backend API, except those about money and webhooks."""

from dependency_injector import providers

from entrypoints.backend.resources.audit import AuditRoutes
from entrypoints.backend.resources.invitations import InvitationRoutes
from entrypoints.backend.resources.limits import LimitRoutes
from entrypoints.backend.resources.me import MeRoutes
from entrypoints.backend.resources.members import MemberRoutes
from entrypoints.backend.resources.orgs import OrgRoutes
from entrypoints.backend.resources.overview import OverviewRoutes
from entrypoints.backend.resources.passwords import PasswordRoutes
from entrypoints.backend.resources.people import PeopleRoutes
from entrypoints.backend.resources.platform import PlatformRoutes
from entrypoints.backend.resources.refusals import RefusalRoutes
from entrypoints.backend.resources.requests import RequestRoutes
from entrypoints.backend.resources.session_events import SessionEventRoutes
from entrypoints.backend.resources.sessions import SessionRoutes
from entrypoints.backend.resources.usage import UsageRoutes
from entrypoints.backend.resources.usage_groups import UsageGroupRoutes
from entrypoints.containers.billing import Billing
from entrypoints.containers.identity import Identity
from entrypoints.containers.people import People
from entrypoints.containers.stores import Stores
from entrypoints.containers.wiring import Wiring, needs, wired
from entrypoints.runtime.session_feed import SessionFeeds


class Resources(Wiring):
    stores = needs(Stores)
    people = needs(People)
    identity = needs(Identity)
    billing = needs(Billing)

    session_feeds = wired(SessionFeeds)

    # In the order of the documentation.
    resources = providers.List(
        wired(PeopleRoutes),
        wired(PasswordRoutes),
        wired(MeRoutes),
        wired(OrgRoutes),
        wired(MemberRoutes),
        wired(InvitationRoutes, accept="accept_invitation", withdraw="withdraw_invitation"),
        wired(LimitRoutes),
        wired(OverviewRoutes),
        wired(SessionRoutes),
        wired(SessionEventRoutes),
        wired(UsageRoutes),
        wired(UsageGroupRoutes),
        wired(RequestRoutes),
        wired(RefusalRoutes),
        wired(AuditRoutes),
        wired(
            PlatformRoutes,
            company=lambda settings: settings.seller[0],
            support=lambda settings: settings.support,
            api_url=lambda settings: settings.public_api_url,
            backend_url=lambda settings: settings.public_backend_url,
            dashboard_url=lambda settings: settings.dashboard_url.rstrip("/"),
        ),
    )
