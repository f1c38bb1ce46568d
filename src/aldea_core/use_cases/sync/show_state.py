"""Show how the platform is: its outboxes, its sync, and audio that is on no invoice."""

from datetime import datetime, timedelta

import attrs

from aldea_core.domain.billing.invoices import GRACE
from aldea_core.domain.billing.months import Month
from aldea_core.domain.samples import DRIFT, LAG, OUTBOX, Measured, measured
from aldea_core.ports.clock import Clock
from aldea_core.ports.email_outbox import EmailOutbox
from aldea_core.ports.invoices import Invoices
from aldea_core.ports.samples import Samples


# The outbox is measured every 5 seconds, by each copy of db-sync.
_OUTBOX_WITHIN = timedelta(minutes=1)
# Measured by changes over HTTP, which may be rare.
_LAG_WITHIN = timedelta(hours=1)
# A sweep may take long; several of them are due in this many times their interval.
_SWEEPS = 3


@attrs.frozen
class PlatformState:
    """
    Attributes:
        outbox_changes: Changes of orgs that are not relayed yet.
        outbox_age_seconds: For how long the oldest of them has waited.
        sync_lag_seconds: How long gateways took to know the last change made over HTTP.
        drifted_orgs: Orgs whose copy differed from the database at the last sweep.
        unbilled_seconds: Audio of months whose invoices are due, on no invoice.
        emails_waiting: Emails that are not sent yet.
        emails_age_seconds: For how long the oldest of them has waited.
        emails_failed: Emails that were given up, of the last 30 days.
    """

    at: datetime
    outbox_changes: Measured
    outbox_age_seconds: Measured
    sync_lag_seconds: Measured
    drifted_orgs: Measured
    unbilled_seconds: Measured
    emails_waiting: Measured
    emails_age_seconds: Measured
    emails_failed: Measured


@attrs.frozen
class ShowState:
    """
    Args:
        sweep_seconds: How often db-sync compares the database with Redis.
    """

    samples: Samples
    invoices: Invoices
    outbox: EmailOutbox
    clock: Clock
    sweep_seconds: float

    async def __call__(self) -> PlatformState:
        now = self.clock.now()
        found = await self.samples.latest([OUTBOX, DRIFT, LAG])
        outbox, drift, lag = found.get(OUTBOX), found.get(DRIFT), found.get(LAG)
        sweeps = timedelta(seconds=self.sweep_seconds * _SWEEPS)
        unbilled_ms = await self.invoices.unbilled_ms(before=Month.of(now - GRACE).begins)
        emails = await self.outbox.state()
        waits = 0.0 if emails.oldest is None else (now - emails.oldest).total_seconds()
        return PlatformState(
            now,
            measured(outbox, "changes", at=now, within=_OUTBOX_WITHIN),
            measured(outbox, "age", at=now, within=_OUTBOX_WITHIN),
            measured(lag, "seconds", at=now, within=_LAG_WITHIN),
            measured(drift, "orgs", at=now, within=sweeps),
            Measured(unbilled_ms / 1000, now),
            Measured(emails.waiting, now),
            Measured(max(0.0, waits), now),
            Measured(emails.failed, now),
        )
