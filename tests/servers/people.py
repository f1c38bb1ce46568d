"""The use cases of accounts on memory adapters, with a fixed clock."""

from adapters.memory.accounts import MemoryAccounts
from adapters.memory.attempt_limiter import MemoryAttemptLimiter
from adapters.memory.audit import MemoryAuditLog
from adapters.memory.ceremonies import MemoryCeremonies
from adapters.memory.clock import ManualClock
from adapters.memory.email_changes import MemoryEmailChanges
from adapters.memory.email_outbox import MemoryEmailOutbox
from adapters.memory.emails import MemoryEmails
from adapters.memory.identity_providers import (
    MemoryDomainProofs,
    MemoryIdentityProviders,
    MemoryOidcClient,
)
from adapters.memory.members import MemoryInvitations, MemoryMembers
from adapters.memory.one_time_codes import PlainOneTimeCodes
from adapters.memory.passkeys import MemoryPasskeys, PlainPasskeyVerifier
from adapters.memory.password_strength import FewCommonPasswords
from adapters.memory.passwords import FastPasswords
from adapters.memory.randomness import SeededRandomness
from adapters.memory.second_factors import MemorySecondFactors
from adapters.memory.sign_ins import MemoryOneTimeTokens, MemorySignIns
from adapters.memory.transaction import MemoryTransaction
from adapters.memory.users import MemoryUsers
from aldea_core.domain.access.emails import Email, EmailTemplates
from aldea_core.domain.access.orgs import Org
from aldea_core.domain.access.people import Role, User, proper_email
from aldea_core.use_cases.access.change_email import ConfirmEmailChange, RequestEmailChange
from aldea_core.use_cases.access.change_member import ChangeRole, RemoveMember
from aldea_core.use_cases.access.change_password import (
    ChangePassword,
    RequestReset,
    ResetPassword,
    SetPassword,
)
from aldea_core.use_cases.access.check_password import CheckPassword
from aldea_core.use_cases.access.choose_password import ChoosePassword
from aldea_core.use_cases.access.company_sign_in import BeginCompanySignIn, CompleteCompanySignIn
from aldea_core.use_cases.access.create_org import CreateOrg
from aldea_core.use_cases.access.delete_account import DeleteAccount
from aldea_core.use_cases.access.identity_provider import ManageIdentityProvider
from aldea_core.use_cases.access.invite import (
    AcceptInvitation,
    DeclineInvitation,
    Invite,
    ShowInvitation,
    WithdrawInvitation,
)
from aldea_core.use_cases.access.issue_token import IssueToken
from aldea_core.use_cases.access.open_account import AccountDetails, OpenAccount
from aldea_core.use_cases.access.passkeys import BeginCeremony, ManagePasskeys, SignInByPasskey
from aldea_core.use_cases.access.second_factor import CompleteSignIn, ManageSecondFactor
from aldea_core.use_cases.access.send_emails import SendEmails
from aldea_core.use_cases.access.sign_in import BeginSignIn, FindSignedIn
from aldea_core.use_cases.access.sign_up import AskToConfirm, ConfirmAddress, ConfirmAgain, SignUp
from aldea_core.use_cases.access.throttle import Throttle


PASSWORD = "correct horse battery"
ANN = "ann@example.com"
DETAILS = AccountDetails("Somebody", PASSWORD, "Acme")


class People:
    """All use cases of accounts."""

    def __init__(self, *, is_confirmed: bool = True) -> None:
        self.clock = ManualClock()
        self.randomness = SeededRandomness()
        self.accounts = MemoryAccounts()
        self.users, self.members = MemoryUsers(), MemoryMembers()
        self.invitations, self.one_time_tokens = MemoryInvitations(), MemoryOneTimeTokens()
        self.sign_ins = MemorySignIns()
        self.email_changes = MemoryEmailChanges()
        self.audit = MemoryAuditLog()
        self.second_factors, self.codes = MemorySecondFactors(), PlainOneTimeCodes()
        self.identity_providers, self.ceremonies = MemoryIdentityProviders(), MemoryCeremonies()
        self.passkeys = MemoryPasskeys()
        self.oidc, self.proofs = MemoryOidcClient({}), MemoryDomainProofs()
        self.outbox, self.emails = MemoryEmailOutbox(), MemoryEmails()
        self.passwords = FastPasswords()
        stores = (
            self.users, self.members, self.invitations, self.one_time_tokens, self.sign_ins, self.accounts,
            self.outbox, self.email_changes, self.audit, self.second_factors,
            self.identity_providers, self.ceremonies, self.passkeys,
        )  # fmt: skip
        self.transaction = MemoryTransaction(stores)
        view = EmailTemplates("https://platform.example")
        self.create_org = CreateOrg(self.accounts, self.randomness, self.clock)
        self.accept = AcceptInvitation(self.members, self.invitations, self.transaction, self.clock)
        choose = ChoosePassword(self.passwords, FewCommonPasswords())
        open_account = OpenAccount(
            self.users, self.members, self.one_time_tokens, self.create_org, choose, self.clock
        )
        ask = AskToConfirm(self.outbox, view, self.clock)
        self.sign_up = SignUp(
            self.users, self.accept, open_account, ask, self.outbox, view, self.transaction,
            self.randomness, self.clock, is_confirmed,
        )  # fmt: skip
        self.confirm = ConfirmAddress(
            self.users, self.one_time_tokens, open_account, self.transaction, self.clock
        )
        self.throttle = Throttle(MemoryAttemptLimiter(), self.clock)
        check_password = CheckPassword(self.passwords, self.throttle)
        self.begin = BeginSignIn(
            self.users, self.sign_ins, self.one_time_tokens, self.second_factors, self.passwords, self.throttle, self.transaction, self.randomness,
            self.clock,
        )  # fmt: skip
        self.find_signed_in = FindSignedIn(
            self.users, self.sign_ins, self.identity_providers, self.clock
        )
        self.request_reset = RequestReset(self.users, ask, self.outbox, view, self.clock)
        set_password = SetPassword(
            self.users,
            self.sign_ins,
            self.one_time_tokens,
            self.email_changes,
            self.outbox,
            view,
            self.clock,
        )
        self.reset = ResetPassword(
            self.users, self.one_time_tokens, choose, set_password, self.transaction, self.clock
        )
        self.change = ChangePassword(
            self.users, check_password, choose, set_password, self.transaction
        )
        self.invite = Invite(
            self.users, self.members, self.invitations, self.outbox, view, self.throttle, self.randomness,
            self.clock,
        )  # fmt: skip
        issue_token = IssueToken(
            self.users,
            self.invitations,
            self.one_time_tokens,
            self.email_changes,
            self.transaction,
            self.randomness,
            self.clock,
        )
        self.send_emails = SendEmails(
            self.outbox, self.emails, issue_token, self.transaction, self.clock
        )
        self.request_email_change = RequestEmailChange(
            self.users, check_password, self.email_changes, self.outbox, view, self.transaction,
            self.randomness, self.clock,
        )  # fmt: skip
        self.confirm_email_change = ConfirmEmailChange(
            self.users, self.email_changes, self.one_time_tokens, self.outbox, view, self.transaction,
            self.clock,
        )  # fmt: skip
        self.delete_account = DeleteAccount(
            self.users, self.members, self.accounts, self.sign_ins, self.one_time_tokens,
            self.email_changes, self.second_factors, self.passkeys, check_password, self.outbox, view, self.audit, self.transaction, self.clock,
        )  # fmt: skip
        self.second_factor = ManageSecondFactor(
            self.second_factors, self.codes, check_password, self.throttle, self.transaction,
            self.randomness, self.clock,
        )  # fmt: skip
        self.complete = CompleteSignIn(
            self.users, self.begin, self.one_time_tokens, self.second_factors, self.codes, self.throttle,
            self.transaction, self.clock,
        )  # fmt: skip
        begin_ceremony = BeginCeremony(self.ceremonies, self.randomness, self.clock)
        self.manage_passkeys = ManagePasskeys(
            self.passkeys, PlainPasskeyVerifier(), begin_ceremony, check_password,
            self.transaction, self.randomness, self.clock,
        )  # fmt: skip
        self.by_passkey = SignInByPasskey(
            self.users, self.passkeys, PlainPasskeyVerifier(), begin_ceremony, self.begin,
            self.one_time_tokens, self.throttle, self.transaction, self.clock,
        )  # fmt: skip
        self.provider = ManageIdentityProvider(
            self.identity_providers, self.oidc, self.proofs, self.throttle, self.transaction,
            self.randomness, self.clock,
        )  # fmt: skip
        self.begin_company = BeginCompanySignIn(
            self.identity_providers, self.oidc, self.ceremonies, self.throttle, self.randomness,
            self.clock,
        )  # fmt: skip
        self.complete_company = CompleteCompanySignIn(
            self.identity_providers, self.oidc, self.ceremonies, self.users, self.members,
            self.invitations, self.begin, self.throttle, self.transaction, self.randomness, self.clock,
        )  # fmt: skip
        self.show = ShowInvitation(self.accounts, self.users, self.invitations, self.clock)
        self.decline = DeclineInvitation(self.show, self.invitations)
        self.confirm_again = ConfirmAgain(self.users, ask)
        self.withdraw = WithdrawInvitation(self.invitations)
        self.change_role = ChangeRole(self.users, self.members, self.transaction)
        self.remove = RemoveMember(self.users, self.members, self.transaction)

    async def signs_up(self, email: str = ANN) -> User:
        await self.sign_up(email, DETAILS)
        user = await self.users.of_email(proper_email(email))
        assert user is not None
        return user

    async def opens(self, email: str = ANN) -> User:
        """Signs up, and confirms by email."""
        await self.sign_up(email, DETAILS)
        return (await self.confirm(await self.token(), DETAILS)).user

    async def org_of(self, user: User) -> Org:
        (membership,) = await self.members.of_user(user.id)
        org = await self.accounts.org(membership.org)
        assert org is not None
        return org

    async def role(self, org: Org, user: User) -> Role | None:
        membership = await self.members.find(org.id, user.id)
        return None if membership is None else membership.role

    async def sent(self) -> list[Email]:
        """All emails, once those of the outbox are sent."""
        while await self.send_emails():
            pass
        return self.emails.posted

    async def token(self) -> str:
        """The token in the newest email."""
        return token_in((await self.sent())[-1])

    async def subjects(self) -> list[str]:
        return [email.subject for email in await self.sent()]


def token_in(email: Email) -> str:
    return email.text.partition("#")[2].partition("\n")[0]
