"""
The container of the back office: adds the sync and the backend API to people, billing and gateway.

As in `container`, nothing here connects or starts.
"""

from dependency_injector import providers

from adapters.memory.usage import DirectUsageLog
from aldea_core.ports.queue import OrgQueue
from aldea_core.use_cases.billing.raise_meters import RaiseMeters
from aldea_core.use_cases.billing.settle_lapsed import SettleLapsed
from aldea_core.use_cases.sync.compare_orgs import CompareOrgs
from aldea_core.use_cases.sync.relay_changes import RelayChanges
from aldea_core.use_cases.sync.repair_drift import RepairDrift
from aldea_core.use_cases.sync.seed_orgs import SeedOrgs
from aldea_core.use_cases.sync.sync_queued import SyncQueued
from entrypoints.billing_office import BillingOffice
from entrypoints.container import Container
from entrypoints.factories import backend as api
from entrypoints.factories import stores, sync


class BackOffice(BillingOffice):
    """Everything that works on the database."""

    # Sync.
    org_queue: providers.Provider[OrgQueue] = providers.Singleton(
        sync.org_queue, settings=Container.settings
    )
    org_sync_source = providers.Singleton(sync.org_sync_source, settings=Container.settings)
    orphan_keys = providers.Singleton(sync.orphan_keys, redis=Container.redis)
    fill_marks = providers.Singleton(stores.fill_marks, redis=Container.redis)
    compare_orgs = providers.Singleton(
        CompareOrgs,
        pages=Container.org_pages,
        keystore_snapshots=Container.keystore_snapshots,
        keys=orphan_keys,
        clock=Container.clock,
    )
    repair_drift = providers.Singleton(
        RepairDrift,
        accounts=Container.accounts,
        compare=compare_orgs,
        mirror=Container.keystore,
        keys=orphan_keys,
        queue=org_queue,
    )
    seed_orgs = providers.Singleton(
        SeedOrgs,
        pages=Container.org_pages,
        mirror=Container.keystore,
        marks=fill_marks,
        compare=compare_orgs,
        repair=repair_drift,
        randomness=Container.randomness,
        clock=Container.clock,
    )
    change_signal = providers.Singleton(sync.change_signal, changes=Container.changes)
    relay_changes = providers.Singleton(RelayChanges, changes=Container.changes, queue=org_queue)
    sync_queued = providers.Singleton(SyncQueued, queue=org_queue, sync_org=Container.sync_org)
    # Written to the ledger directly: a record buffered in this process could be lost with it.
    settle_lapsed = providers.Singleton(
        SettleLapsed,
        leases=Container.leases,
        usage=providers.Singleton(DirectUsageLog, ledger=Container.ledger),
        clock=Container.clock,
    )
    raise_meters = providers.Singleton(
        RaiseMeters, ledger=Container.ledger, leases=Container.leases, clock=Container.clock
    )

    # The backend API. One line a resource, in the order of the documentation.
    resources = providers.List(
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
        BillingOffice.refusal_routes,
        BillingOffice.plan_routes,
        BillingOffice.spending_routes,
        BillingOffice.cost_routes,
        BillingOffice.invoice_routes,
        BillingOffice.audit_routes,
        BillingOffice.operator_routes,
        BillingOffice.engine_routes,
    )
    backend = providers.Singleton(
        api.backend,
        settings=Container.settings,
        resources=resources,
        deepgram_resources=BillingOffice.deepgram_resources,
        sub_apis=BillingOffice.sub_apis,
        dispatch=BillingOffice.dispatch,
        randomness=Container.randomness,
        clock=Container.clock,
        metrics=Container.metrics,
    )
