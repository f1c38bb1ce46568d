"""The sync of orgs from the database to gateways."""

from dependency_injector import providers

from aldea_core.ports.keystore import OrgMirror
from aldea_core.ports.queue import OrgQueue
from aldea_core.use_cases.sync.compare_orgs import CompareOrgs
from aldea_core.use_cases.sync.relay_changes import RelayChanges
from aldea_core.use_cases.sync.repair_drift import RepairDrift
from aldea_core.use_cases.sync.seed_orgs import SeedOrgs
from aldea_core.use_cases.sync.sync_orgs import SyncOrg, SyncOrgs
from aldea_core.use_cases.sync.sync_queued import SyncQueued
from entrypoints.containers.stores import Stores
from entrypoints.containers.wiring import Wiring, needs, wired
from entrypoints.factories import sync


class Sync(Wiring):
    stores = needs(Stores)

    mirror: providers.Provider[OrgMirror] = wired(sync.mirror)
    sync_org = wired(SyncOrg)
    sync_orgs = wired(SyncOrgs)
    org_queue: providers.Provider[OrgQueue] = wired(sync.org_queue)
    org_sync_source = wired(sync.org_sync_source)
    change_signal = wired(sync.change_signal)
    relay_changes = wired(RelayChanges, queue="org_queue")
    sync_queued = wired(SyncQueued, queue="org_queue")

    orphan_keys = wired(sync.orphan_keys)
    fill_marks = wired(sync.fill_marks)
    compare_orgs = wired(CompareOrgs, pages="org_pages", keys="orphan_keys")
    repair_drift = wired(
        RepairDrift,
        compare="compare_orgs",
        mirror="keystore",
        keys="orphan_keys",
        queue="org_queue",
    )
    seed_orgs = wired(
        SeedOrgs,
        pages="org_pages",
        mirror="keystore",
        marks="fill_marks",
        compare="compare_orgs",
        repair="repair_drift",
    )
