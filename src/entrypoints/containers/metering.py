"""
What db-sync does besides the sync of orgs: usage from gateways to the ledger, and measuring.

The functions of Lambda, which only sync orgs, do not load it.
"""

from adapters.memory.usage import DirectUsageLog
from aldea_core.use_cases.access.note_key_use import RecordKeyUses
from aldea_core.use_cases.billing.drain_usage import DrainUsage
from aldea_core.use_cases.billing.raise_meters import RaiseMeters
from aldea_core.use_cases.billing.settle_lapsed import SettleLapsed
from aldea_core.use_cases.sync.measure_outbox import MeasureOutbox
from entrypoints.containers.stores import Stores
from entrypoints.containers.wiring import Wiring, needs, wired
from entrypoints.factories import sync


class Metering(Wiring):
    stores = needs(Stores)

    usage_feed = wired(sync.usage_feed)
    drain_usage = wired(DrainUsage, feed="usage_feed")
    # Written to the ledger directly: a record buffered in this process could be lost with it.
    direct_usage = wired(DirectUsageLog)
    settle_lapsed = wired(SettleLapsed, usage="direct_usage")
    raise_meters = wired(RaiseMeters)
    record_key_uses = wired(RecordKeyUses)

    measure_outbox = wired(MeasureOutbox)
