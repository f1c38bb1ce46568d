"""
Note that a key was used for something that leaves no usage record, and bring what is noted into the
accounts.
"""

from collections import OrderedDict
from contextlib import suppress
from datetime import datetime

import attrs

from aldea_core.domain.errors import Unavailable
from aldea_core.domain.ids import KeyId
from aldea_core.ports.accounts import Accounts
from aldea_core.ports.clock import Clock
from aldea_core.ports.key_uses import LAST_USED_STEP, KeyUses


_MOST_KNOWN = 100_000
_BATCH = 500


@attrs.frozen
class NoteKeyUse:
    """Notes a use, of each key at most once in `LAST_USED_STEP`."""

    key_uses: KeyUses
    clock: Clock
    _noted: OrderedDict[KeyId, datetime] = attrs.field(factory=OrderedDict, init=False, repr=False)

    async def __call__(self, key: KeyId) -> None:
        """Without an error while the store is away: the key's next use is noted."""
        now = self.clock.now()
        last = self._noted.get(key)
        if last is not None and now - last < LAST_USED_STEP:
            return
        self._noted[key] = now  # set before the await: concurrent calls skip the write
        self._noted.move_to_end(key)
        if len(self._noted) > _MOST_KNOWN:
            self._noted.popitem(last=False)
        with suppress(Unavailable):
            await self.key_uses.note(key, at=now)


@attrs.frozen
class RecordKeyUses:
    key_uses: KeyUses
    accounts: Accounts

    async def __call__(self) -> int:
        """
        Returns:
            The number of keys; 0 if there is nothing left to do.

        Raises:
            Unavailable: A store does not answer; the next run records the uses.
        """
        uses = await self.key_uses.noted(_BATCH)
        if uses:
            await self.accounts.note_uses(uses)
            await self.key_uses.forget(until=max(uses.values()))
        return len(uses)
