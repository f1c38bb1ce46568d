"""Orgs and their keys, where they are decided: the database."""

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import attrs

from aldea_core.domain.ids import KeyId, OrgId
from aldea_core.domain.keys import ApiKey
from aldea_core.domain.limits import Limits, OrgStatus
from aldea_core.domain.orgs import Org, OrgSnapshot


class Accounts(Protocol):
    """
    Keeps orgs and keys.

    - Every change of an org, its keys or its limits raises the org's version and is announced in
      the `OrgChanges` of the same store, together or not at all.
    """

    @abstractmethod
    async def add_org(self, org: Org) -> None: ...

    @abstractmethod
    async def orgs(self) -> Sequence[Org]:
        """All of them, oldest first."""
        ...

    @abstractmethod
    async def org(self, org: OrgId) -> Org | None: ...

    @abstractmethod
    async def set_limits(self, org: OrgId, limits: Limits) -> None:
        """
        Raises:
            NotFound: There is no such org.
        """
        ...

    @abstractmethod
    async def set_status(self, org: OrgId, status: OrgStatus) -> None:
        """
        Raises:
            NotFound: There is no such org.
        """
        ...

    @abstractmethod
    async def add_key(self, key: ApiKey) -> None:
        """
        Raises:
            NotFound: There is no such org.
        """
        ...

    @abstractmethod
    async def keys(self, org: OrgId) -> Sequence[ApiKey]:
        """All keys the org ever had, oldest first."""
        ...

    @abstractmethod
    async def end_key(self, org: OrgId, key: KeyId, *, at: datetime) -> None:
        """
        Makes a key end at *at*, never later than it would have.

        Raises:
            NotFound: The org has no such key.
        """
        ...

    @abstractmethod
    async def snapshot(self, org: OrgId, *, at: datetime) -> OrgSnapshot | None:
        """The org and its keys at one version."""
        ...


@attrs.frozen
class OrgChange:
    """*org* changed. *id* is the change's place in the outbox."""

    id: int
    org: OrgId


class OrgChanges(Protocol):
    """
    The outbox of changes: what must be told to the gateways.

    - A change stays until it is dropped, so whoever dies in between loses none.
    """

    @abstractmethod
    async def take(self, limit: int) -> Sequence[OrgChange]:
        """The oldest changes. Those another reader has in hand are passed over."""
        ...

    @abstractmethod
    async def drop(self, changes: Sequence[OrgChange]) -> None:
        """Forgets changes that were told."""
        ...
