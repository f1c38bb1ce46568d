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
        callbacks: Called with each org that changed.
    """

    invalidations: Invalidations
    callbacks: Sequence[Callable[[OrgId], None]]

    async def follow(self) -> None:
        """Passes every invalidation to the callbacks, until cancelled."""
        is_disconnected = False
        while True:
            try:
                async with self.invalidations.listen() as orgs:
                    is_disconnected = False
                    await self._call(orgs)
            except Unavailable as error:
                if not is_disconnected:
                    log.warning("invalidations are not received", reason=error.in_full)
                is_disconnected = True
            except Exception:
                log.exception("invalidations are not received")
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _call(self, orgs: AsyncIterator[OrgId]) -> None:
        async for org in orgs:
            for callback in self.callbacks:
                callback(org)
