"""Store an event, for webhooks and emails."""

import attrs

from aldea_core.domain.ids import EventId, OrgId
from aldea_core.domain.notifications.events import Data, Event, EventType
from aldea_core.ports.clock import Clock
from aldea_core.ports.events import Events
from aldea_core.ports.randomness import Randomness


@attrs.frozen
class RecordEvent:
    """Called in the transaction of what happened. Sends nothing: `DispatchEvents` does, later."""

    events: Events
    randomness: Randomness
    clock: Clock

    async def __call__(
        self, org: OrgId, type_: EventType, data: Data, *, once: str = ""
    ) -> Event | None:
        """
        Args:
            once: See `Event`.

        Returns:
            The event; None if it was recorded before, so that nothing is to be sent.

        Raises:
            Unavailable: The store does not answer; nothing was stored.
        """
        event = Event(
            EventId(f"evt_{self.randomness.uuid()}"), org, type_, self.clock.now(), data, once
        )
        return event if await self.events.add(event) else None
