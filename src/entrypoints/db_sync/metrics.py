"""Metrics of the sync: drift found, and changes waiting."""

from collections.abc import Sequence
from functools import partial

from prometheus_client import Counter, Gauge

from aldea_core.domain.sync.drift import Difference, DifferenceKind
from entrypoints.runtime.metrics import Metrics


# Label values, which alarms use; the log describes each difference.
_KINDS = {
    DifferenceKind.MISSING_ORG: "missing",
    DifferenceKind.STALE_VERSION: "older",
    DifferenceKind.NEWER_VERSION: "newer",
    DifferenceKind.ORPHAN_ORG: "surplus",
}
_OTHER = "keys"


class SyncMetrics(Metrics):
    def __init__(self) -> None:
        super().__init__()
        counter = partial(Counter, registry=self._registry)
        self._waiting = Gauge(
            "aldea_outbox_changes", "Changes that are not relayed yet.", registry=self._registry
        )
        self._aside = Gauge(
            "aldea_usage_aside",
            "Usage records that cannot be read or recorded, so are not billed.",
            registry=self._registry,
        )
        self._drift = counter(
            "aldea_drift_total",
            "Orgs whose copy differed from the database at two looks, and were set right.",
            ["kind"],
        )
        self._meters = counter(
            "aldea_meters_raised_total", "Orgs whose meter was below the ledger."
        )
        self._refused = counter(
            "aldea_surplus_refused_total",
            "Times that so many orgs were orphans that none was removed: is it the right database?",
        )
        for kind in (*_KINDS.values(), _OTHER):
            self._drift.labels(kind)

    def waiting(self, changes: int) -> None:
        self._waiting.set(changes)

    def usage_aside(self, entries: int) -> None:
        self._aside.set(entries)

    def drifted(self, found: Sequence[Difference]) -> None:
        """Counts each org once for each kind of drift."""
        for _, kind in {(each.org, _KINDS.get(each.kind, _OTHER)) for each in found}:
            self._drift.labels(kind).inc()

    def raised_meters(self, count: int) -> None:
        self._meters.inc(count)

    def refused_orphans(self) -> None:
        self._refused.inc()
