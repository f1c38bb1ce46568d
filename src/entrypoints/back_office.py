"""
The back office's container: the gateway's parts, and beside them people, billing and the sync.

As in `container`, nothing here connects or starts.
"""

from dependency_injector import providers

from adapters.memory.usage import DirectUsageLog
from aldea_core.ports.queue import OrgQueue
from aldea_core.use_cases.find_drift import FindDrift, FindSurplus
from aldea_core.use_cases.raise_meters import RaiseMeters
from aldea_core.use_cases.relay_changes import RelayChanges
from aldea_core.use_cases.repair_drift import RepairDrift
from aldea_core.use_cases.settle_lapsed import SettleLapsed
from aldea_core.use_cases.sync_queued import SyncQueued
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
    change_signal = providers.Singleton(sync.change_signal, changes=Container.changes)
    relay_changes = providers.Singleton(RelayChanges, changes=Container.changes, queue=org_queue)
    sync_queued = providers.Singleton(SyncQueued, queue=org_queue, sync_org=Container.sync_org)
    # Straight into the ledger: a record that waited in this process would be lost with it.
    settle_lapsed = providers.Singleton(
        SettleLapsed,
        leases=Container.leases,
        usage=providers.Singleton(DirectUsageLog, ledger=Container.ledger),
        clock=Container.clock,
    )
    find_drift = providers.Singleton(
        FindDrift, pages=Container.org_pages, holdings=Container.holdings, clock=Container.clock
    )
    find_surplus = providers.Singleton(
        FindSurplus, pages=Container.org_pages, holdings=Container.holdings
    )
    repair_drift = providers.Singleton(
        RepairDrift,
        accounts=Container.accounts,
        pages=Container.org_pages,
        holdings=Container.holdings,
        mirror=Container.keystore,
        queue=org_queue,
        clock=Container.clock,
    )
    raise_meters = providers.Singleton(
        RaiseMeters, ledger=Container.ledger, leases=Container.leases, clock=Container.clock
    )

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
