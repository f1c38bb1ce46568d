"""The database's orgs and keys: the source of truth that the gateways' keystore copies."""

from abc import abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from aldea_core.domain.access.keys import EVERY_KEY, ApiKey, KeyFilter
from aldea_core.domain.access.limits import Limits, OrgStatus
from aldea_core.domain.access.orgs import GoneOrg, Org, OrgSnapshot
from aldea_core.domain.ids import KeyHash, KeyId, OrgId
from aldea_core.domain.pages import OLDEST_FIRST, Page, TimePlace


class Accounts(Protocol):
    """
    Stores orgs and keys.

    - Every change of an org, its keys or its limits raises the org's version and adds a row to the
      `OrgChanges` of the same store, in one transaction. Removing an org does so too; an org that
      is added again under the same id continues with higher versions.
    """

    @abstractmethod
    async def add_org(self, org: Org) -> None:
        """Adds an org. Its plan gives its limits, except those that differ from the default."""

    @abstractmethod
    async def org(self, org: OrgId) -> Org | None: ...

    @abstractmethod
    async def remove_org(self, org: OrgId) -> None:
        """
        Removes an org and its keys; its usage stays in the ledger.

        Raises:
            NotFound: There is no such org.
        """

    @abstractmethod
    async def set_name(self, org: OrgId, name: str) -> None:
        """
        Raises:
            NotFound: There is no such org.
        """

    @abstractmethod
    async def set_limits(self, org: OrgId, limits: Limits) -> None:
        """
        Raises:
            NotFound: There is no such org.
        """

    @abstractmethod
    async def set_status(self, org: OrgId, status: OrgStatus, *, reason: str = "") -> None:
        """
        Args:
            reason: Why the org is suspended; kept until its status changes.

        Raises:
            NotFound: There is no such org.
        """

    @abstractmethod
    async def add_key(self, key: ApiKey) -> None:
        """
        Raises:
            NotFound: There is no such org.
        """

    @abstractmethod
    async def keys(
        self,
        org: OrgId,
        which: KeyFilter = EVERY_KEY,
        page: Page[TimePlace] = OLDEST_FIRST,
    ) -> Sequence[ApiKey]:
        """
        Keys ordered by creation time and id. Ended keys are kept for ever, so only those that work
        are few: `CreateKey` bounds them.
        """

    @abstractmethod
    async def key(self, org: OrgId, key: KeyId) -> ApiKey | None:
        """The org's key with that id, even if it has ended."""

    @abstractmethod
    async def key_names(self, org: OrgId, keys: Collection[KeyId]) -> Mapping[KeyId, str]:
        """The names of those of *keys* that are the org's, ended ones too."""

    @abstractmethod
    async def expiring(self, after: datetime, until: datetime, *, limit: int) -> Sequence[ApiKey]:
        """
        Keys of all orgs that expire after *after* and until *until* and are not revoked, those that
        expire first; beyond *limit*, all that expire in the same moment as the last.
        """

    @abstractmethod
    async def find_key(self, key_hash: KeyHash) -> ApiKey | None:
        """The key with that hash, even if it has ended."""

    @abstractmethod
    async def end_key(self, org: OrgId, key: KeyId, *, at: datetime) -> None:
        """
        Makes a key end at *at*, or when it would have ended anyway, whichever is earlier.

        Raises:
            NotFound: The org has no such key.
        """

    @abstractmethod
    async def change_key(self, key: ApiKey) -> None:
        """
        Stores the name, tags, expiry, models and limits of *key*, a key of its org.

        Raises:
            NotFound: The org has no such key.
        """

    @abstractmethod
    async def note_uses(self, uses: Mapping[KeyId, datetime]) -> None:
        """
        Updates when keys were last used, with the precision that `UsageLedger` has. The versions of
        their orgs do not change.
        """

    @abstractmethod
    async def snapshot(self, org: OrgId, *, at: datetime) -> OrgSnapshot | GoneOrg | None:
        """The org and its keys at one version; None if the org never existed."""

    @abstractmethod
    async def touch(self, org: OrgId, *, above: int) -> None:
        """
        Raises the version above *above* without any other change. Needed after the database was
        restored from an old backup, when a keystore holds a newer version than the database.

        Raises:
            NotFound: There is no such org.
        """


class OrgPages(Protocol):
    """
    Reads all orgs page by page, for jobs that copy or compare them.

    - A walk returns each org that exists during the whole walk exactly once.
    - A page takes a constant number of queries. Each org on it is read at one version.
    """

    @abstractmethod
    async def snapshots(
        self,
        after: OrgId | None,
        limit: int,
        *,
        at: datetime,
    ) -> Sequence[OrgSnapshot]:
        """The next orgs after *after*, ordered by id; an empty page ends the walk."""

    @abstractmethod
    async def among(
        self,
        orgs: Iterable[OrgId],
        *,
        at: datetime,
    ) -> Mapping[OrgId, OrgSnapshot | GoneOrg]:
        """Those of *orgs* that exist or were removed; an id that was never used is absent."""

    @abstractmethod
    async def versions(self, orgs: Iterable[OrgId]) -> Mapping[OrgId, int]:
        """The versions of those of *orgs* that exist."""
