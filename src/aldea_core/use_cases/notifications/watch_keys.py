"""Warn orgs of keys that expire soon. Runs periodically."""

from datetime import timedelta

import attrs

from aldea_core.domain.notifications.events import EventType
from aldea_core.domain.times import utc
from aldea_core.ports.accounts import Accounts
from aldea_core.ports.clock import Clock
from aldea_core.use_cases.notifications.record_event import RecordEvent


WARNED_BEFORE = timedelta(days=7)
_BATCH = 500


@attrs.frozen
class WatchKeys:
    """A key that is revoked, or being rotated, is not reported: its end is intended."""

    accounts: Accounts
    record_event: RecordEvent
    clock: Clock

    async def __call__(self) -> int:
        """
        The number of new warnings.

        Raises:
            Unavailable: The store does not answer; the next run does the rest.
        """
        now, made = self.clock.now(), 0
        after = now
        while keys := await self.accounts.expiring(after, now + WARNED_BEFORE, limit=_BATCH):
            for key in keys:
                assert key.expires is not None
                after = key.expires
                event = await self.record_event(
                    key.org,
                    EventType.KEY_EXPIRES_SOON,
                    {
                        "key_id": key.id,
                        "name": key.name,
                        "hint": key.hint,
                        "expires_at": utc(key.expires),
                    },
                    once=f"key.expires_soon:{key.id}:{utc(key.expires)}",
                )
                made += event is not None
        return made
