"""Who belongs to which org, and who is invited."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

from aldea_core.domain.access.people import Invitation, Membership
from aldea_core.domain.ids import InvitationId, OrgId, TokenHash, UserId


class Members(Protocol):
    """Keeps memberships; a user has one role in an org, or none."""

    @abstractmethod
    async def put(self, membership: Membership) -> None:
        """Adds it, or changes the role of who is in already."""
        ...

    @abstractmethod
    async def remove(self, org: OrgId, user: UserId) -> bool:
        """False if they were not in."""
        ...

    @abstractmethod
    async def find(self, org: OrgId, user: UserId) -> Membership | None: ...

    @abstractmethod
    async def of_org(self, org: OrgId) -> Sequence[Membership]:
        """Whoever is in, longest first."""
        ...

    @abstractmethod
    async def of_user(self, user: UserId) -> Sequence[Membership]:
        """Where they are in, longest first."""
        ...


class Invitations(Protocol):
    """Keeps invitations until they are accepted or taken back."""

    @abstractmethod
    async def add(self, invitation: Invitation) -> None:
        """Adds it, in the place of an earlier one of the same address to the same org."""
        ...

    @abstractmethod
    async def remove(self, org: OrgId, invitation: InvitationId) -> bool:
        """False if there is none; of two that race to remove it, one is told True."""
        ...

    @abstractmethod
    async def of_org(self, org: OrgId) -> Sequence[Invitation]:
        """Oldest first, with expired ones."""
        ...

    @abstractmethod
    async def of_token(self, token: TokenHash) -> Invitation | None: ...
