"""Orgs and their keys, where they are decided: the database."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from aldea_core.domain.access.keys import ApiKey
from aldea_core.domain.access.limits import Limits, OrgStatus
from aldea_core.domain.access.orgs import GoneOrg, Org, OrgSnapshot
from aldea_core.domain.ids import KeyHash, KeyId, OrgId


class Accounts(Protocol):
    """
    Keeps orgs and keys.

    - Every change of an org, its keys or its limits raises the org's version and is announced in
      the `OrgChanges` of the same store, together or not at all. So is its end, and an org that
      comes back after that goes on with higher versions.
    """

    @abstractmethod
    async def add_org(self, org: Org) -> None:
        """Its limits are its plan's, but for those that differ from the default."""
        ...

    @abstractmethod
    async def org(self, org: OrgId) -> Org | None: ...

    @abstractmethod
    async def remove_org(self, org: OrgId) -> None:
        """
        With its keys; what it used stays in the ledger.

        Raises:
            NotFound: There is no such org.
        """
        ...

    @abstractmethod
    async def set_name(self, org: OrgId, name: str) -> None:
        """
        Raises:
            NotFound: There is no such org.
        """
        ...

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
    async def find_key(self, key_hash: KeyHash) -> ApiKey | None:
        """The key with that hash, whether it opens anything or not."""
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
    async def snapshot(self, org: OrgId, *, at: datetime) -> OrgSnapshot | GoneOrg | None:
        """The org and its keys at one version; None if there never was one."""
        ...

    @abstractmethod
    async def touch(self, org: OrgId, *, above: int) -> None:
        """
        Raises the version above *above*, though nothing changed: a copy of the org says that it
        is newer, as after the database was restored from an old backup.

        Raises:
            NotFound: There is no such org.
        """
        ...


class OrgPages(Protocol):
    """
    Goes through all orgs, for whoever copies or compares them.

    - Every org that is there from beginning to end of the walk is met once.
    - A page takes a few queries, however many orgs are on it, and each org is at one version.
    """

    @abstractmethod
    async def snapshots(
        self,
        after: OrgId | None,
        limit: int,
        *,
        at: datetime,
    ) -> Sequence[OrgSnapshot]:
        """The next orgs after *after*, in the order of their ids; an empty page is the end."""
        ...

    @abstractmethod
    async def among(
        self,
        orgs: Iterable[OrgId],
        *,
        at: datetime,
    ) -> Mapping[OrgId, OrgSnapshot | GoneOrg]:
        """Those of *orgs* that are there, or were once."""
        ...

    @abstractmethod
    async def versions(self, orgs: Iterable[OrgId]) -> Mapping[OrgId, int]:
        """Of those that are there."""
        ...
