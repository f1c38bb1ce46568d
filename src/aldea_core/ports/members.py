"""Memberships of users in orgs, and invitations."""

from abc import abstractmethod
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from aldea_core.domain.access.people import Invitation, Membership, Role
from aldea_core.domain.ids import InvitationId, OrgId, TokenHash, UserId


class Members(Protocol):
    """Stores memberships; a user has at most one role in an org."""

    @abstractmethod
    async def put(self, membership: Membership) -> None:
        """Adds a membership, or changes the role of an existing one."""
        ...

    @abstractmethod
    async def remove(self, org: OrgId, user: UserId) -> bool:
        """Removes a membership; False if there was none."""
        ...

    @abstractmethod
    async def find(self, org: OrgId, user: UserId) -> Membership | None: ...

    @abstractmethod
    async def of_org(
        self,
        org: OrgId,
        *,
        roles: Collection[Role] = tuple(Role),
        after: tuple[datetime, UserId] | None = None,
        limit: int | None = 100,
    ) -> Sequence[Membership]:
        """
        The org's memberships, oldest first.

        Args:
            roles: Memberships of these roles only.
            after: Time and user of the last membership on the previous page.
            limit: None is all.
        """
        ...

    @abstractmethod
    async def of_user(self, user: UserId) -> Sequence[Membership]:
        """The user's memberships, oldest first."""
        ...


class Invitations(Protocol):
    """Stores invitations until they are accepted or withdrawn."""

    @abstractmethod
    async def add(self, invitation: Invitation) -> None:
        """Adds an invitation; replaces an earlier one of the same address to the same org."""
        ...

    @abstractmethod
    async def remove(self, org: OrgId, invitation: InvitationId) -> bool:
        """
        Removes an invitation; False if there is none. Of two concurrent
        calls, one returns True.
        """
        ...

    @abstractmethod
    async def set_token(self, invitation: InvitationId, token: TokenHash) -> bool:
        """Replaces an invitation's token; False if there is no such invitation."""
        ...

    @abstractmethod
    async def of_org(
        self,
        org: OrgId,
        *,
        after: tuple[datetime, InvitationId] | None = None,
        limit: int | None = 100,
        newest_first: bool = False,
    ) -> Sequence[Invitation]:
        """
        The org's invitations, expired ones included, oldest first.

        Args:
            after: Creation time and id of the last invitation on the previous page.
            limit: None is all.
            newest_first: The other order.
        """
        ...

    @abstractmethod
    async def find(self, org: OrgId, invitation: InvitationId) -> Invitation | None: ...

    @abstractmethod
    async def of_email(self, org: OrgId, email: str) -> Invitation | None:
        """The org's invitation of that address, which may have expired."""
        ...

    @abstractmethod
    async def of_token(self, token: TokenHash) -> Invitation | None: ...
