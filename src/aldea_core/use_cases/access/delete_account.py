"""Delete a user's account. What it did stays on record by its id, without its name."""

from collections.abc import AsyncIterator, Sequence

import attrs

from typing_extensions import override

from aldea_core.domain.access.emails import EmailTemplates
from aldea_core.domain.access.people import User
from aldea_core.ports.accounts import Accounts
from aldea_core.ports.audit import AuditLog
from aldea_core.ports.clock import Clock
from aldea_core.ports.email_changes import EmailChanges
from aldea_core.ports.email_outbox import EmailOutbox
from aldea_core.ports.members import Members
from aldea_core.ports.passkeys import Passkeys
from aldea_core.ports.second_factors import SecondFactors
from aldea_core.ports.sign_ins import OneTimeTokens, SignIns
from aldea_core.ports.transaction import Transaction
from aldea_core.ports.users import Users
from aldea_core.use_cases.access.change_member import last_owner
from aldea_core.use_cases.access.check_password import CheckPassword


@attrs.frozen
class OwnsOrgs:
    """
    The user is the last owner of orgs.

    Attributes:
        orgs: Their names, each with the addresses of members who could become owners.
    """

    orgs: Sequence[tuple[str, Sequence[str]]]

    @override
    def __str__(self) -> str:
        return " ".join(map(_advice, self.orgs))


def _advice(org: tuple[str, Sequence[str]]) -> str:
    name, others = org
    if not others:
        return f"You are the only member of {name}: delete it, or invite another owner first."
    return f"You are the last owner of {name}: make one of {', '.join(others)} an owner first."


@attrs.frozen
class DeleteAccount:
    users: Users
    members: Members
    accounts: Accounts
    sign_ins: SignIns
    one_time_tokens: OneTimeTokens
    email_changes: EmailChanges
    second_factors: SecondFactors
    passkeys: Passkeys
    check_password: CheckPassword
    outbox: EmailOutbox
    email_templates: EmailTemplates
    audit: AuditLog
    transaction: Transaction
    clock: Clock

    async def __call__(self, user: User, password: str) -> OwnsOrgs | None:
        """
        None once the account is deleted.

        Raises:
            BadRequest: The password is wrong.
            TooManyAttempts: Too many passwords were wrong.
        """
        await self.check_password(user, password)
        async with self.transaction.about(user.id):
            owned = [owned async for owned in self._owned(user)]
            if owned:
                return OwnsOrgs(owned)
            for membership in await self.members.of_user(user.id):
                await self.members.remove(membership.org, user.id)
            await self.sign_ins.end_all(user.id)
            await self.one_time_tokens.end_all(user.id)
            await self.email_changes.remove(user.id)
            await self.second_factors.remove(user.id)
            await self.passkeys.remove_all(user.id)
            await self.outbox.withdraw(user.id)
            await self.users.remove(user.id)
            await self.audit.erase_name(user.id)
            deleted = self.email_templates.account_deleted(user.email)
            await self.outbox.add(deleted, at=self.clock.now())
        return None

    async def _owned(self, user: User) -> AsyncIterator[tuple[str, Sequence[str]]]:
        """The orgs that have no other owner, with the addresses of their other members."""
        for membership in sorted(await self.members.of_user(user.id), key=lambda one: one.org):
            # In the order of their ids, so that two owners who leave at once do not deadlock.
            async with self.transaction.about(membership.org):
                no = await last_owner(self.members, self.users, membership)
                org = await self.accounts.org(membership.org)
                if no is not None and org is not None:
                    yield org.name, no.others
