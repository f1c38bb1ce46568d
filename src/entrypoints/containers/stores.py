"""What every service needs: the settings, the clock, and the connections to stores and engines."""

from dependency_injector import providers

from adapters.system.clock import SystemClock
from adapters.system.randomness import SystemRandomness
from aldea_core.ports.clock import Clock
from aldea_core.ports.randomness import Randomness
from entrypoints.containers.wiring import Wiring, wired
from entrypoints.factories import stores
from entrypoints.settings import Settings


class Stores(Wiring):
    """
    For a gateway, which knows keys and orgs; or, if *is_engine*, for an engine behind one.

    *service* is the process's name in metrics and traces.
    """

    settings = providers.Dependency(instance_of=Settings)
    is_engine = providers.Dependency(instance_of=bool, default=False)
    service = providers.Dependency(instance_of=str, default="gateway")

    clock: providers.Provider[Clock] = wired(SystemClock)
    randomness: providers.Provider[Randomness] = wired(SystemRandomness)
    metrics = wired(stores.metrics)
    tracer = wired(stores.tracer)
    engine_client = wired(stores.engine_client)

    database = wired(stores.database)
    accounts = wired(stores.accounts)
    org_pages = wired(stores.org_pages)
    changes = wired(stores.changes)
    samples = wired(stores.samples)
    ledger = wired(stores.ledger)

    redis = wired(stores.redis)
    keystore = wired(stores.keystore)
    keystore_snapshots = wired(stores.keystore_snapshots)
    invalidations = wired(stores.invalidations)
    leases = wired(stores.leases)
    key_uses = wired(stores.key_uses)
    grants = wired(stores.grants)
