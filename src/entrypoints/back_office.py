"""
The back office's container: the gateway's parts, and beside them people, billing and the sync.

As in `container`, nothing here connects or starts.
"""

from dependency_injector import providers

from adapters.memory.usage import DirectUsageLog
from aldea_core.ports.queue import OrgQueue
from aldea_core.use_cases.compare_orgs import CompareOrgs, ListStrangers
from aldea_core.use_cases.find_drift import FindDrift, FindSurplus
from aldea_core.use_cases.find_strangers import FindStrangers, RemoveStrangers
from aldea_core.use_cases.raise_meters import RaiseMeters
from aldea_core.use_cases.relay_changes import RelayChanges
from aldea_core.use_cases.repair_drift import RepairDrift
from aldea_core.use_cases.seed_orgs import SeedOrgs
from aldea_core.use_cases.settle_lapsed import SettleLapsed
from aldea_core.use_cases.sync_queued import SyncQueued
from entrypoints.billing_office import BillingOffice
from entrypoints.container import Container
from entrypoints.makers import backend as api
from entrypoints.makers import sync


class BackOffice(BillingOffice):
    """Everything that works on the database."""

    # Sync.
    org_queue: providers.Provider[OrgQueue] = providers.Singleton(
        sync.org_queue, settings=Container.settings
    )
    org_sync_source = providers.Singleton(sync.org_sync_source, settings=Container.settings)
    strays = providers.Singleton(sync.strays, redis=Container.redis)
    seed_orgs = providers.Singleton(
        SeedOrgs, pages=Container.org_pages, mirror=Container.keystore, clock=Container.clock
    )
    find_strangers = providers.Singleton(
        FindStrangers,
        pages=Container.org_pages,
        holdings=Container.holdings,
        clock=Container.clock,
    )
    remove_strangers = providers.Singleton(
        RemoveStrangers,
        find_strangers=find_strangers,
        strays=strays,
        sync_org=Container.sync_org,
        mirror=Container.keystore,
    )
    compare_orgs = providers.Singleton(
        CompareOrgs,
        pages=Container.org_pages,
        accounts=Container.accounts,
        holdings=Container.holdings,
        clock=Container.clock,
    )
    list_strangers = providers.Singleton(
        ListStrangers, find_strangers=find_strangers, strays=strays
    )
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

    # The backend API.
    # One line a topic; their order is that of the documentation.
    topics = providers.List(
        BillingOffice.people_routes,
        BillingOffice.password_routes,
        BillingOffice.me_routes,
        BillingOffice.org_routes,
        BillingOffice.member_routes,
        BillingOffice.invitation_routes,
        BillingOffice.key_routes,
        BillingOffice.limit_routes,
        BillingOffice.session_routes,
        BillingOffice.usage_routes,
        BillingOffice.plan_routes,
        BillingOffice.invoice_routes,
        BillingOffice.audit_routes,
        BillingOffice.operator_routes,
        BillingOffice.engine_routes,
    )
    backend = providers.Singleton(
        api.backend,
        settings=Container.settings,
        topics=topics,
        deepgram_topics=BillingOffice.deepgram_topics,
        neighbours=BillingOffice.neighbours,
        dispatch=BillingOffice.dispatch,
        chance=Container.chance,
        clock=Container.clock,
        metrics=Container.metrics,
    )
