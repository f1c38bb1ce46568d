"""
Who a key belongs to and how its org stands: the gateway's copy of what the database knows.

Reading it is the gateway's need (`Keystore`), writing it the sync's (`OrgMirror`), and comparing it
the need of whoever looks for drift (`KeystoreSnapshots`).
"""

from abc import abstractmethod
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Protocol

from aldea_core.domain.access.callers import Caller
from aldea_core.domain.access.keys import KnownKey
from aldea_core.domain.access.limits import Entitlements
from aldea_core.domain.access.orgs import OrgSnapshot
from aldea_core.domain.ids import KeyHash, OrgId
from aldea_core.domain.sync.drift import KeystoreSnapshot


class Keystore(Protocol):
    """
    Answers who may come in.

    - What it does not know is not there: neither a key nor an org is ever made up.
    - A store that is not filled (`FillMarks`) knows nothing of what it has not got yet, and does not
      answer about it.
    - It answers from the store, not from a cache; caching is the caller's decision.
    """

    @abstractmethod
    async def caller(self, key_hash: KeyHash) -> Caller | None:
        """
        The key of that hash and how its org stands, or None if either is not known.

        Raises:
            Unavailable: The store does not answer, or does not know it and is not filled.
        """
        ...

    @abstractmethod
    async def keys(self, hashes: Iterable[KeyHash]) -> Mapping[KeyHash, KnownKey]:
        """
        Those of *hashes* that are known.

        Raises:
            Unavailable: The store does not answer.
        """
        ...

    @abstractmethod
    async def entitlements_of_orgs(self, orgs: Iterable[OrgId]) -> Mapping[OrgId, Entitlements]:
        """
        Those of *orgs* that are known.

        Raises:
            Unavailable: The store does not answer.
        """
        ...


class OrgMirror(Protocol):
    """
    Keeps the gateway's copy.

    - An older snapshot never replaces a newer one, however the two race, and a key that was
      dropped by a newer snapshot never comes back with an older one.
    - The same snapshot may be put any number of times.
    - Whoever replaces what was known of an org announces it (`ports.invalidations`).
    """

    @abstractmethod
    async def put(self, snapshot: OrgSnapshot) -> bool:
        """
        Makes the store say what *snapshot* says; False if it knew a newer one.

        Raises:
            Unavailable: The store does not answer; it may hold part of it, and putting it again heals that.
        """
        ...

    @abstractmethod
    async def put_all(self, snapshots: Sequence[OrgSnapshot]) -> int:
        """
        Puts many at a time; says how many of them were not known newer.

        Raises:
            Unavailable: The store does not answer; putting them again heals what is half done.
        """
        ...

    @abstractmethod
    async def remove(self, org: OrgId, version: int) -> bool:
        """
        Forgets all keys of *org*, unless a version above *version* is known. It stands as suspended
        from then on, so that whoever is still in is put out; an org the store knows nothing of
        has no standing. What was true up to *version* never comes back.

        Raises:
            Unavailable: The store does not answer; removing it again heals what is half done.
        """
        ...


class KeystoreSnapshots(Protocol):
    """
    Tells what the gateways' copy holds, for whoever compares it with the database.

    - What is told of an org may be older than what is told of another.
    """

    @abstractmethod
    async def held(self, orgs: Iterable[OrgId]) -> Mapping[OrgId, KeystoreSnapshot]:
        """
        Of those of *orgs* of which anything is held.

        Raises:
            Unavailable: The store does not answer.
        """
        ...

    @abstractmethod
    def orgs(self) -> AsyncIterator[Sequence[OrgId]]:
        """
        All orgs of which anything is held, some at a time, and perhaps one of them twice.

        Raises:
            Unavailable: The store does not answer.
        """
        ...


class FillMarks(Protocol):
    """
    Says whether the gateways' store has been filled: a store that was started again empty has no
    mark, and what it does not know may well exist.

    - A part of the store that is lost while somebody fills it is not marked by that filling.
    """

    @abstractmethod
    async def is_filled(self) -> bool:
        """
        Raises:
            Unavailable: The store does not answer.
        """
        ...

    @abstractmethod
    async def begin(self, filling: str) -> None:
        """
        Notes that *filling* is under way. Several may be, and none disturbs another.

        Raises:
            Unavailable: The store does not answer.
        """
        ...

    @abstractmethod
    async def finish(self, filling: str) -> bool:
        """
        Marks the store as filled; False if a part of it was lost since *filling* began, which must
        begin again.

        Raises:
            Unavailable: The store does not answer.
        """
        ...
