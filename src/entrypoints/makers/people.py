"""How what is about people is made: who they are, their letters, and what they did."""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.argon2.passwords import Argon2Passwords
from adapters.files.letters import FileLetters
from adapters.memory.accounts import MemoryAccounts
from adapters.memory.answers import MemoryAnswers
from adapters.memory.attempts import MemoryAttempts
from adapters.memory.audit import MemoryAuditLog
from adapters.memory.directory import MemoryDirectory
from adapters.memory.letters import MemoryLetters
from adapters.memory.members import MemoryInvitations, MemoryMembers
from adapters.memory.sign_ins import MemoryErrands, MemorySignIns
from adapters.memory.together import MemoryTogether
from adapters.memory.users import MemoryUsers
from adapters.postgres.accounts import SqlAccounts
from adapters.postgres.answers import SqlAnswers
from adapters.postgres.attempts import SqlAttempts
from adapters.postgres.audit import SqlAuditLog
from adapters.postgres.directory import SqlDirectory
from adapters.postgres.members import SqlInvitations, SqlMembers
from adapters.postgres.sign_ins import SqlErrands, SqlSignIns
from adapters.postgres.together import SqlTogether
from adapters.postgres.users import SqlUsers
from adapters.smtp.letters import MailServer, SmtpLetters
from adapters.zxcvbn.password_strength import ZxcvbnStrength
from aldea_core.domain.access.emails import Stationery
from aldea_core.ports.answers import Answers
from aldea_core.ports.attempts import Attempts
from aldea_core.ports.audit import AuditLog
from aldea_core.ports.chance import Chance
from aldea_core.ports.clock import Clock
from aldea_core.ports.directory import Directory
from aldea_core.ports.letters import Letters
from aldea_core.ports.members import Invitations, Members
from aldea_core.ports.password_strength import PasswordStrength
from aldea_core.ports.passwords import Passwords
from aldea_core.ports.sign_ins import Errands, SignIns
from aldea_core.ports.together import Together
from aldea_core.ports.users import Users
from aldea_core.use_cases.access.invite import AcceptInvitation
from aldea_core.use_cases.access.open_account import OpenAccount
from aldea_core.use_cases.access.sign_up import AskToConfirm, SignUp
from aldea_core.use_cases.access.throttling import Throttle
from entrypoints.settings import Settings


def users(*, database: AsyncEngine | None) -> Users:
    return MemoryUsers() if database is None else SqlUsers(database)


def members(*, database: AsyncEngine | None) -> Members:
    return MemoryMembers() if database is None else SqlMembers(database)


def invitations(*, database: AsyncEngine | None) -> Invitations:
    return MemoryInvitations() if database is None else SqlInvitations(database)


def sign_ins(*, database: AsyncEngine | None) -> SignIns:
    return MemorySignIns() if database is None else SqlSignIns(database)


def errands(*, database: AsyncEngine | None) -> Errands:
    return MemoryErrands() if database is None else SqlErrands(database)


def audit(*, database: AsyncEngine | None) -> AuditLog:
    return MemoryAuditLog() if database is None else SqlAuditLog(database)


def answers(*, database: AsyncEngine | None) -> Answers:
    return MemoryAnswers() if database is None else SqlAnswers(database)


def attempts(*, database: AsyncEngine | None) -> Attempts:
    return MemoryAttempts() if database is None else SqlAttempts(database)


def together(*, database: AsyncEngine | None, stores: Sequence[object]) -> Together:
    return MemoryTogether(stores) if database is None else SqlTogether(database)


def directory(*, accounts: MemoryAccounts | SqlAccounts) -> Directory:
    if isinstance(accounts, MemoryAccounts):
        return MemoryDirectory(accounts)
    return SqlDirectory(accounts.engine)


def passwords() -> Passwords:
    return Argon2Passwords()


def stationery(*, settings: Settings) -> Stationery:
    return Stationery(settings.dashboard_url.rstrip("/"))


def letters(*, settings: Settings, clock: Clock) -> MemoryLetters | FileLetters | SmtpLetters:
    if settings.smtp_url:
        return SmtpLetters(MailServer.parse(settings.smtp_url), settings.letters_from)
    if settings.letters_dir:
        return FileLetters(Path(settings.letters_dir), clock)
    return MemoryLetters()


def password_strength() -> PasswordStrength:
    return ZxcvbnStrength()


def throttle(*, settings: Settings, attempts: Attempts, clock: Clock) -> Throttle:
    return Throttle(attempts, clock, settings.attempts_factor)


def sign_up(
    *,
    settings: Settings,
    users: Users,
    accept: AcceptInvitation,
    open_account: OpenAccount,
    ask_to_confirm: AskToConfirm,
    letters: Letters,
    stationery: Stationery,
    together: Together,
    chance: Chance,
    clock: Clock,
) -> SignUp:
    return SignUp(
        users,
        accept,
        open_account,
        ask_to_confirm,
        letters,
        stationery,
        together,
        chance,
        clock,
        is_confirmed=not settings.confirm_addresses,
    )
