"""Memberships of users in orgs, and invitations."""

from abc import abstractmethod
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from aldea_core.domain.access.people import Invitation, Membership, Role
from aldea_core.domain.ids import InvitationId, OrgId, TokenHash, UserId
from aldea_core.domain.pages import OLDEST_FIRST, Page, TimePlace


class Members(Protocol):
    """Stores memberships; a user has at most one role in an org."""

    @abstractmethod
    async def put(self, membership: Membership) -> None:
        """Adds a membership, or changes the role of an existing one."""

    @abstractmethod
    async def remove(self, org: OrgId, user: UserId) -> bool:
        """Removes a membership; False if there was none."""

    @abstractmethod
    async def find(self, org: OrgId, user: UserId) -> Membership | None: ...

    @abstractmethod
    async def of_org(
        self,
        org: OrgId,
        *,
        roles: Collection[Role] = tuple(Role),
        page: Page[TimePlace] = OLDEST_FIRST,
    ) -> Sequence[Membership]:
        """
        The org's memberships, ordered by time and user.

        Args:
            roles: Memberships of these roles only.
        """

    @abstractmethod
    async def of_user(self, user: UserId) -> Sequence[Membership]:
        """The user's memberships, oldest first."""


class Invitations(Protocol):
    """Stores invitations until they are accepted or withdrawn."""

    @abstractmethod
    async def add(self, invitation: Invitation) -> None:
        """Adds an invitation; replaces an earlier one of the same address to the same org."""

    @abstractmethod
    async def remove(self, org: OrgId, invitation: InvitationId) -> bool:
        """
        Removes an invitation; False if there is none. Of two concurrent
        calls, one returns True.
        """

    @abstractmethod
    async def set_token(self, invitation: InvitationId, token: TokenHash) -> bool:
        """Replaces an invitation's token; False if there is no such invitation."""

    @abstractmethod
    async def renew(self, invitation: InvitationId, expires: datetime) -> bool:
        """Sets until when an invitation is open; False if there is no such invitation."""

    @abstractmethod
    async def of_org(
        self,
        org: OrgId,
        page: Page[TimePlace] = OLDEST_FIRST,
    ) -> Sequence[Invitation]:
        """The org's invitations, expired ones included, ordered by creation time and id."""

    @abstractmethod
    async def find(self, org: OrgId, invitation: InvitationId) -> Invitation | None: ...

    @abstractmethod
    async def of_email(self, org: OrgId, email: str) -> Invitation | None:
        """The org's invitation of that address, which may have expired."""

    @abstractmethod
    async def of_token(self, token: TokenHash) -> Invitation | None: ...
