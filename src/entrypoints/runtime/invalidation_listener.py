"""
Listens for invalidations of orgs, so that a gateway learns of a change before its cache expires.

Correctness does not depend on it: while the listener is disconnected, cached entitlements expire
soon anyway.
"""

from collections.abc import Callable, Sequence

import attrs

from aldea_core.domain.ids import OrgId
from aldea_core.ports.invalidations import Invalidations


@attrs.frozen
class InvalidationListener:
    """
    Args:
        callbacks: Called with each org that changed.
    """

    invalidations: Invalidations
    callbacks: Sequence[Callable[[OrgId], None]]

    async def follow(self) -> None:
        """
        Passes invalidations to the callbacks, as long as the subscription lasts.

        Raises:
            Unavailable: The subscription broke, or cannot be made.
        """
        async with self.invalidations.listen() as orgs:
            async for org in orgs:
                for callback in self.callbacks:
                    callback(org)
