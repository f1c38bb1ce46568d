"""What was seen of orgs at their last look, so that orgs without news cost a periodic job little."""

from datetime import datetime, timedelta
from typing import Generic, TypeVar

import attrs

from aldea_core.domain.ids import OrgId


# After this time every org is looked at again, whether there is news or not.
LOOK_AGAIN = timedelta(minutes=15)
_Seen = TypeVar("_Seen")


@attrs.define
class LastLooks(Generic[_Seen]):
    """Remembers what was seen of each org for `LOOK_AGAIN`."""

    _seen: dict[OrgId, _Seen] = attrs.field(factory=dict, init=False, repr=False)
    _until: datetime | None = attrs.field(default=None, init=False)

    def begin(self, now: datetime) -> None:
        """A run of the job begins: forgets all if it is time."""
        if self._until is None or now >= self._until:
            self._until, self._seen = now + LOOK_AGAIN, {}

    def is_news(self, org: OrgId, seen: _Seen) -> bool:
        return self._seen.get(org) != seen

    def note(self, org: OrgId, seen: _Seen) -> None:
        self._seen[org] = seen
