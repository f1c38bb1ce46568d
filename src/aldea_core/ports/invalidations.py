"""Which orgs have just changed in the gateways' copy, so that nobody needs to ask all the time."""

from abc import abstractmethod
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from aldea_core.domain.ids import OrgId


class Invalidations(Protocol):
    """
    Tells whoever listens.

    - Whoever replaces what the copy knew of an org announces it, and whoever hears it finds the
      change in the `Keystore`, or a newer one.
    - It is a hint: what is said while nobody listens, or while the connection is lost, is not
      said again. Whoever believes a copy of the copy must bound for how long.
    """

    @abstractmethod
    def listen(self) -> AbstractAsyncContextManager[AsyncIterator[OrgId]]:
        """
        Whoever has entered hears everything from then on.

        Raises:
            Unavailable: The store does not answer, on entering or while listening.
        """
        ...
