"""The memory adapters of accounts keep every port's promises."""

import pytest

from tests.contract.attempt_limiter import AttemptLimiterContract
from tests.contract.audit import AuditLogContract
from tests.contract.email_outbox import EmailOutboxContract
from tests.contract.emails import EmailSenderContract
from tests.contract.idempotency import IdempotencyStoreContract
from tests.contract.one_time_codes import OneTimeCodesContract
from tests.contract.org_search import OrgSearchContract
from tests.contract.passwords import PasswordsContract
from tests.contract.people import (
    CeremoniesContract,
    EmailChangesContract,
    IdentityProvidersContract,
    InvitationsContract,
    MembersContract,
    OneTimeTokensContract,
    PasskeysContract,
    SecondFactorsContract,
    SignInsContract,
    UsersContract,
)
from tests.contract.probes import ProbesContract
from tests.contract.samples import SamplesContract
from tests.contract.token_keys import TokenKeyContract
from tests.contract.transaction import TransactionContract

from adapters.argon2.passwords import Argon2Passwords
from adapters.files.emails import FileEmails
from adapters.memory.accounts import MemoryAccounts
from adapters.memory.attempt_limiter import MemoryAttemptLimiter
from adapters.memory.audit import MemoryAuditLog
from adapters.memory.ceremonies import MemoryCeremonies
from adapters.memory.clock import ManualClock
from adapters.memory.email_changes import MemoryEmailChanges
from adapters.memory.email_outbox import MemoryEmailOutbox
from adapters.memory.emails import MemoryEmails
from adapters.memory.idempotency import MemoryIdempotencyStore
from adapters.memory.identity_providers import MemoryIdentityProviders
from adapters.memory.members import MemoryInvitations, MemoryMembers
from adapters.memory.one_time_codes import PlainOneTimeCodes
from adapters.memory.org_search import MemoryOrgSearch
from adapters.memory.passkeys import MemoryPasskeys
from adapters.memory.passwords import FastPasswords
from adapters.memory.probes import MemoryProbes
from adapters.memory.samples import MemorySamples
from adapters.memory.second_factors import MemorySecondFactors
from adapters.memory.sign_ins import MemoryOneTimeTokens, MemorySignIns
from adapters.memory.transaction import MemoryTransaction
from adapters.memory.users import MemoryUsers
from adapters.pyotp.one_time_codes import PyotpOneTimeCodes
from aldea_core.domain.access.emails import Email
from aldea_core.domain.errors import Unavailable
from aldea_core.ports.probes import EngineHealth


class TestMemoryUsers(UsersContract):
    @pytest.fixture
    def users(self):
        return MemoryUsers()


class TestMemoryMembers(MembersContract):
    @pytest.fixture
    def members(self):
        return MemoryMembers()


class TestMemorySecondFactors(SecondFactorsContract):
    @pytest.fixture
    def second_factors(self):
        return MemorySecondFactors()


class TestMemoryIdentityProviders(IdentityProvidersContract):
    @pytest.fixture
    def identity_providers(self):
        return MemoryIdentityProviders()


class TestMemoryPasskeys(PasskeysContract):
    @pytest.fixture
    def passkeys(self):
        return MemoryPasskeys()


class TestMemoryCeremonies(CeremoniesContract):
    @pytest.fixture
    def ceremonies(self):
        return MemoryCeremonies()


class TestPlainOneTimeCodes(OneTimeCodesContract):
    @pytest.fixture
    def codes(self):
        return PlainOneTimeCodes()


class TestPyotpOneTimeCodes(OneTimeCodesContract):
    @pytest.fixture
    def codes(self):
        return PyotpOneTimeCodes()


class TestMemoryEmailChanges(EmailChangesContract):
    @pytest.fixture
    def email_changes(self):
        return MemoryEmailChanges()


class TestMemoryInvitations(InvitationsContract):
    @pytest.fixture
    def invitations(self):
        return MemoryInvitations()


class TestMemorySignIns(SignInsContract):
    @pytest.fixture
    def sign_ins(self):
        return MemorySignIns()


class TestMemoryOneTimeTokens(OneTimeTokensContract):
    @pytest.fixture
    def one_time_tokens(self):
        return MemoryOneTimeTokens()


class TestMemoryAuditLog(AuditLogContract):
    @pytest.fixture
    def audit(self):
        return MemoryAuditLog()


class TestMemoryIdempotencyStore(IdempotencyStoreContract):
    @pytest.fixture
    def answers(self):
        return MemoryIdempotencyStore()


class TestMemoryAttemptLimiter(AttemptLimiterContract):
    @pytest.fixture
    def attempts(self):
        return MemoryAttemptLimiter()


class TestMemoryTransaction(TransactionContract):
    @pytest.fixture
    def users(self):
        return MemoryUsers()

    @pytest.fixture
    def transaction(self, users):
        return MemoryTransaction([users])


class TestMemoryTokenKey(TokenKeyContract):
    @pytest.fixture
    def accounts(self):
        return MemoryAccounts()

    @pytest.fixture
    def transaction(self, accounts):
        return MemoryTransaction([accounts])


class TestMemorySamples(SamplesContract):
    @pytest.fixture
    def samples(self):
        return MemorySamples()


class TestMemoryOrgSearch(OrgSearchContract):
    @pytest.fixture
    def accounts(self):
        return MemoryAccounts()

    @pytest.fixture
    def users(self):
        return MemoryUsers()

    @pytest.fixture
    def members(self):
        return MemoryMembers()

    @pytest.fixture
    def org_search(self, accounts, members, users):
        return MemoryOrgSearch(accounts, members, users)


class TestFastPasswords(PasswordsContract):
    @pytest.fixture
    def passwords(self):
        return FastPasswords()


class TestArgon2Passwords(PasswordsContract):
    @pytest.fixture
    def passwords(self):
        return Argon2Passwords()

    async def test_hashes_are_argon2id_with_their_parameters(self, passwords):
        """
        So that the parameters can change.
        """
        assert (await passwords.hash("x")).startswith("$argon2id$v=19$m=65536,t=3,p=4$")


class TestMemoryEmails(EmailSenderContract):
    @pytest.fixture
    def emails(self):
        return MemoryEmails()

    @pytest.fixture
    def delivered(self, emails):
        async def wait(_: int) -> list[Email]:
            return emails.posted

        return wait


class TestFileEmails(EmailSenderContract):
    @pytest.fixture
    def emails(self, tmp_path):
        return FileEmails(tmp_path / "letters", ManualClock())

    @pytest.fixture
    def delivered(self, emails, tmp_path):
        async def wait(_: int) -> list[Email]:
            found = []
            for path in sorted((tmp_path / "letters").iterdir()):
                assert path.stat().st_mode & 0o077 == 0
                head, _, text = path.read_text().partition("\n\n")
                to, subject = (line.partition(": ")[2] for line in head.splitlines())
                found.append(Email(to, subject, text))
            return found

        return wait

    async def test_unwritable_folder_is_named(self, tmp_path):
        """
        The email may be written later.
        """
        (tmp_path / "file").write_text("")
        emails = FileEmails(tmp_path / "file" / "letters", ManualClock())
        with pytest.raises(Unavailable) as away:
            await emails.send(Email("ann@example.com", "One", "secret"))

        assert str(tmp_path / "file" / "letters") in away.value.in_full
        assert "secret" not in away.value.in_full


class TestMemoryEmailOutbox(EmailOutboxContract):
    @pytest.fixture
    def outbox(self):
        return MemoryEmailOutbox()

    @pytest.fixture
    def transaction(self, outbox):
        return MemoryTransaction([outbox])


class TestMemoryProbes(ProbesContract):
    @pytest.fixture
    def probes(self):
        purposes = ("live", "file")
        return MemoryProbes(
            [
                EngineHealth("http://one", purposes, True, 0.1),
                EngineHealth("http://two", purposes, False, 1.0, "refused"),
            ],
        )
