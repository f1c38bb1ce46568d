"""The use cases of people on memory adapters, with a clock that stands still."""

from adapters.memory.accounts import MemoryAccounts
from adapters.memory.chance import SeededChance
from adapters.memory.clock import ManualClock
from adapters.memory.letters import MemoryLetters
from adapters.memory.members import MemoryInvitations, MemoryMembers
from adapters.memory.passwords import FastPasswords
from adapters.memory.sign_ins import MemoryErrands, MemorySignIns
from adapters.memory.together import MemoryTogether
from adapters.memory.users import MemoryUsers
from aldea_core.domain.letters import Stationery
from aldea_core.domain.orgs import Org
from aldea_core.domain.people import Role, User, proper_email
from aldea_core.use_cases.change_member import ChangeRole, RemoveMember
from aldea_core.use_cases.change_password import (
    ChangePassword,
    RequestReset,
    ResetPassword,
    SetPassword,
)
from aldea_core.use_cases.create_org import CreateOrg
from aldea_core.use_cases.invite import AcceptInvitation, Invite, WithdrawInvitation
from aldea_core.use_cases.sign_in import BeginSignIn, FindSignedIn
from aldea_core.use_cases.sign_up import ConfirmAddress, SignUp


PASSWORD = "correct horse battery"
ANN = "ann@example.com"


class People:
    """Everybody, and everything they can do."""

    def __init__(self, *, is_confirmed: bool = True) -> None:
        self.clock = ManualClock()
        self.chance = SeededChance()
        self.accounts = MemoryAccounts()
        self.users, self.members = MemoryUsers(), MemoryMembers()
        self.invitations, self.errands = MemoryInvitations(), MemoryErrands()
        self.sign_ins, self.letters = MemorySignIns(), MemoryLetters()
        self.passwords = FastPasswords()
        stores = (
            self.users, self.members, self.invitations, self.errands, self.sign_ins, self.accounts,
        )  # fmt: skip
        self.together = MemoryTogether(stores)
        paper = Stationery("https://platform.example")
        self.create_org = CreateOrg(self.accounts, self.chance, self.clock)
        self.accept = AcceptInvitation(self.members, self.invitations, self.together, self.clock)
        self.sign_up = SignUp(
            self.users, self.members, self.errands, self.create_org, self.accept, self.passwords,
            self.letters, paper, self.together, self.chance, self.clock, is_confirmed,
        )  # fmt: skip
        self.confirm = ConfirmAddress(self.users, self.errands, self.together, self.clock)
        self.begin = BeginSignIn(self.users, self.sign_ins, self.passwords, self.chance, self.clock)
        self.find_signed_in = FindSignedIn(self.users, self.sign_ins, self.clock)
        self.request_reset = RequestReset(
            self.users, self.errands, self.letters, paper, self.chance, self.clock
        )
        set_password = SetPassword(self.users, self.sign_ins, self.letters, paper)
        self.reset = ResetPassword(
            self.users, self.errands, self.passwords, set_password, self.together, self.clock
        )
        self.change = ChangePassword(self.passwords, set_password, self.together)
        self.invite = Invite(
            self.users, self.members, self.invitations, self.letters, paper, self.chance, self.clock
        )
        self.withdraw = WithdrawInvitation(self.invitations)
        self.change_role = ChangeRole(self.members, self.together)
        self.remove = RemoveMember(self.members, self.together)

    async def signs_up(self, email: str = ANN) -> User:
        await self.sign_up(email, PASSWORD, "Somebody", "Acme")
        user = await self.users.of_email(proper_email(email))
        assert user is not None
        return user

    async def org_of(self, user: User) -> Org:
        (membership,) = await self.members.of_user(user.id)
        org = await self.accounts.org(membership.org)
        assert org is not None
        return org

    async def role(self, org: Org, user: User) -> Role | None:
        membership = await self.members.find(org.id, user.id)
        return None if membership is None else membership.role

    def token(self) -> str:
        """The one in the newest letter."""
        return self.letters.posted[-1].text.partition("#")[2].partition("\n")[0]

    def subjects(self) -> list[str]:
        return [letter.subject for letter in self.letters.posted]
