"""
Listens for invalidations of orgs, so that a gateway learns of a change before its cache expires.

Correctness does not depend on it: while the listener is disconnected, cached entitlements expire
soon anyway.
"""

import asyncio

from collections.abc import AsyncIterator, Callable, Sequence

import attrs
import structlog

from aldea_core.domain.errors import Unavailable
from aldea_core.domain.ids import OrgId
from aldea_core.ports.invalidations import Invalidations


_AGAIN_SECONDS = 1.0

log = structlog.get_logger()


@attrs.frozen
class InvalidationListener:
    """
    Args:
        ears: Callbacks, called with each org that changed.
    """

    invalidations: Invalidations
    ears: Sequence[Callable[[OrgId], None]]

    async def follow(self) -> None:
        """Passes every invalidation to the callbacks, until cancelled."""
        is_deaf = False
        while True:
            try:
                async with self.invalidations.listen() as heard:
                    is_deaf = False
                    await self._tell(heard)
            except Unavailable as error:
                if not is_deaf:
                    log.warning("announcements are not heard", reason=error.in_full)
                is_deaf = True
            except Exception:
                log.exception("announcements are not heard")
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _tell(self, heard: AsyncIterator[OrgId]) -> None:
        async for org in heard:
            for tell in self.ears:
                tell(org)
