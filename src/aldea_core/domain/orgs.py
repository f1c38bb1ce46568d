"""Organisations: who owns keys, has limits, and pays."""

from datetime import datetime

import attrs

from aldea_core.domain.ids import OrgId
from aldea_core.domain.keys import ApiKey, KnownKey
from aldea_core.domain.limits import Limits, OrgStatus, Standing


@attrs.frozen
class Org:
    """
    An organisation.

    Attributes:
        version: Grows with every change of it, its keys or its limits.
    """

    id: OrgId
    name: str
    created: datetime
    limits: Limits = Limits()
    status: OrgStatus = OrgStatus.ACTIVE
    version: int = 0

    @property
    def standing(self) -> Standing:
        return Standing(self.limits, self.status, self.version)


@attrs.frozen
class OrgSnapshot:
    """One org with all its keys at one version: what the gateway needs to know of it."""

    org: OrgId
    standing: Standing
    keys: tuple[KnownKey, ...] = ()

    @classmethod
    def of(cls, org: Org, keys: tuple[ApiKey, ...], *, at: datetime) -> "OrgSnapshot":
        """The snapshot of *org*, with the keys that open anything now."""
        return cls(
            org.id,
            org.standing,
            tuple(KnownKey.of(key) for key in keys if key.opens(at=at)),
        )


@attrs.frozen
class GoneOrg:
    """
    An org that was deleted.

    Attributes:
        version: Above every version that it had.
    """

    org: OrgId
    version: int
