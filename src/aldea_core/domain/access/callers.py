"""Who is at the door: a key that opens, and how its org stands."""

from typing import Protocol

import attrs

from aldea_core.domain.access.keys import KnownKey, allows
from aldea_core.domain.access.limits import Entitlements
from aldea_core.domain.ids import OrgId


class Authenticator(Protocol):
    """Tells who stands behind a credential, or None if it opens nothing."""

    async def __call__(
        self, credential: str | None, *, is_checked: bool = False
    ) -> "Caller | None":
        """
        Args:
            is_checked: A lease is taken next, which finds out whether this is still so: then it may
                be what was last known.
        """
        ...

    def invalidate(self, org: OrgId) -> None:
        """The org has changed: what is remembered of it is not to be believed."""
        ...


@attrs.frozen
class Caller:
    """Somebody whose key was found."""

    key: KnownKey
    entitlements: Entitlements

    @property
    def org(self) -> OrgId:
        return self.key.org

    def may(self, scope: str) -> bool:
        return allows(self.key.scopes, scope)
