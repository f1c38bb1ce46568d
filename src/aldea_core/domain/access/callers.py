"""The authenticated caller of a request: its key, and its org's entitlements."""

from functools import lru_cache
from typing import Protocol

import attrs

from aldea_core.domain.access.keys import KnownKey, allows
from aldea_core.domain.access.limits import Entitlements
from aldea_core.domain.ids import OrgId


class Authenticator(Protocol):
    """Resolves a credential to its caller; None if the credential is invalid."""

    async def __call__(
        self, credential: str | None, *, is_admitted_next: bool = False, origin: str | None = None
    ) -> "Caller | None":
        """
        Args:
            is_admitted_next: `Leases` verifies the org's version when it admits the caller, so an
                older cached result is good enough.
            origin: The origin of the page that makes the request.
        """

    def invalidate(self, org: OrgId) -> None:
        """Drops cached data of *org*, which has changed."""


@attrs.frozen
class Caller:
    """The owner of a valid key."""

    key: KnownKey
    entitlements: Entitlements

    @property
    def org(self) -> OrgId:
        return self.key.org

    def may(self, scope: str) -> bool:
        return _remembered(self.key.scopes, scope)


# Keys have the same few sets of scopes, and every request asks.
_remembered = lru_cache(1024)(allows)
