"""
Delete what is past its retention: saved idempotent responses, counted attempts, emails, events, and
to whom deleted orgs were invoiced.

Usage, invoices and the audit log are kept. Samples of engines are deleted by `sync/sample_engines`.
"""

from datetime import timedelta

import attrs

from aldea_core.domain.notifications.webhooks import KEPT
from aldea_core.ports.attempt_limiter import AttemptLimiter
from aldea_core.ports.billing_profiles import BillingProfiles
from aldea_core.ports.clock import Clock
from aldea_core.ports.email_outbox import EmailOutbox
from aldea_core.ports.events import Events
from aldea_core.ports.idempotency import IdempotencyStore
from aldea_core.ports.webhooks import Deliveries


ANSWERS_KEPT = timedelta(hours=24)
EMAILS_KEPT = timedelta(days=30)
# Of deleted orgs: their last usage is invoiced with the month's, and a spooled record comes in days later.
TERMS_KEPT = timedelta(days=90)


@attrs.frozen
class DeleteExpired:
    idempotency_store: IdempotencyStore
    attempt_limiter: AttemptLimiter
    outbox: EmailOutbox
    events: Events
    deliveries: Deliveries
    billing_profiles: BillingProfiles
    clock: Clock

    async def __call__(self) -> None:
        """
        Raises:
            Unavailable: The database does not answer; the next run deletes the rest.
        """
        now = self.clock.now()
        await self.idempotency_store.forget(before=now - ANSWERS_KEPT)
        await self.attempt_limiter.sweep(at=now)
        await self.outbox.forget(before=now - EMAILS_KEPT)
        await self.deliveries.forget(before=now - KEPT)
        await self.events.forget(before=now - KEPT)
        await self.billing_profiles.forget(before=now - TERMS_KEPT)
