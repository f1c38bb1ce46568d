"""Organisations, which own keys, have limits, and pay."""

from datetime import datetime

import attrs

from aldea_core.domain.access.keys import ApiKey, KnownKey
from aldea_core.domain.access.limits import Entitlements, Limits, OrgStatus
from aldea_core.domain.access.spending_cap import Cap, capped
from aldea_core.domain.ids import OrgId


@attrs.frozen
class Org:
    """
    An organisation.

    Attributes:
        version: Grows with every change of the org, its keys or its limits.
        suspension_reason: Why it is suspended, for its members; empty if it is not.
    """

    id: OrgId
    name: str
    created: datetime
    limits: Limits = Limits()
    status: OrgStatus = OrgStatus.ACTIVE
    version: int = 0
    suspension_reason: str = ""


@attrs.frozen
class OrgFilter:
    """
    Which orgs of the platform are meant.

    Attributes:
        search: Part of the org's name, or of a member's name or address, case-insensitive; or the
            whole id, or the whole hint of one of its keys. Empty matches all orgs.
        status: None matches every status.
    """

    search: str = ""
    status: OrgStatus | None = None


EVERY_ORG = OrgFilter()


@attrs.frozen
class OrgSnapshot:
    """An org with all its keys at one version: the data that the keystore holds."""

    org: OrgId
    entitlements: Entitlements
    keys: tuple[KnownKey, ...] = ()

    @classmethod
    def of(
        cls, org: Org, keys: tuple[ApiKey, ...], *, at: datetime, cap: Cap | None = None
    ) -> "OrgSnapshot":
        """The snapshot of *org* within its spending *cap*, with the keys that are valid at *at*."""
        limits = capped(org.limits, cap)
        is_capped = limits is not org.limits
        return cls(
            org.id,
            Entitlements(limits, org.status, org.version, is_capped),
            tuple(KnownKey.of(key) for key in keys if key.opens(at=at)),
        )


@attrs.frozen
class GoneOrg:
    """
    An org that was removed.

    Attributes:
        version: Above every version that the org had.
    """

    org: OrgId
    version: int
