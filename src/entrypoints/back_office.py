"""
The back office's container: the gateway's parts, and beside them people, billing and the sync.

As in `container`, nothing here connects or starts.
"""

from dependency_injector import providers

from aldea_core.ports.queue import OrgQueue
from entrypoints.container import Container
from entrypoints.makers import backend as api
from entrypoints.makers import sync
from entrypoints.people_office import PeopleOffice


class BackOffice(PeopleOffice):
    """Everything that works on the database."""

    # Sync.
    org_queue: providers.Provider[OrgQueue] = providers.Singleton(
        sync.org_queue, settings=Container.settings
    )
    org_sync_source = providers.Singleton(sync.org_sync_source, settings=Container.settings)

    # Billing.

    # The backend API.
    # One line a topic; their order is that of the documentation.
    topics = providers.List(
        PeopleOffice.people_routes,
        PeopleOffice.password_routes,
        PeopleOffice.me_routes,
        PeopleOffice.org_routes,
        PeopleOffice.member_routes,
        PeopleOffice.invitation_routes,
        PeopleOffice.key_routes,
        PeopleOffice.limit_routes,
        PeopleOffice.session_routes,
        PeopleOffice.audit_routes,
        PeopleOffice.operator_routes,
        PeopleOffice.engine_routes,
    )
    backend = providers.Singleton(
        api.backend,
        settings=Container.settings,
        topics=topics,
        dispatch=PeopleOffice.dispatch,
        chance=Container.chance,
        clock=Container.clock,
        metrics=Container.metrics,
    )
