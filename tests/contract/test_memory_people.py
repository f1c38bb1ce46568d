"""The memory adapters of people keep every port's promises."""

import pytest

from structlog.testing import capture_logs
from tests.contract.answers import AnswersContract
from tests.contract.attempts import AttemptsContract
from tests.contract.audit import AuditLogContract
from tests.contract.directory import DirectoryContract
from tests.contract.letters import LettersContract
from tests.contract.passwords import PasswordsContract
from tests.contract.people import (
    ErrandsContract,
    InvitationsContract,
    MembersContract,
    SignInsContract,
    UsersContract,
)
from tests.contract.probes import ProbesContract
from tests.contract.together import TogetherContract

from adapters.argon2.passwords import Argon2Passwords
from adapters.files.letters import FileLetters
from adapters.memory.accounts import MemoryAccounts
from adapters.memory.answers import MemoryAnswers
from adapters.memory.attempts import MemoryAttempts
from adapters.memory.audit import MemoryAuditLog
from adapters.memory.clock import ManualClock
from adapters.memory.directory import MemoryDirectory
from adapters.memory.letters import MemoryLetters
from adapters.memory.members import MemoryInvitations, MemoryMembers
from adapters.memory.passwords import FastPasswords
from adapters.memory.probes import MemoryProbes
from adapters.memory.sign_ins import MemoryErrands, MemorySignIns
from adapters.memory.together import MemoryTogether
from adapters.memory.users import MemoryUsers
from aldea_core.domain.access.emails import Letter
from aldea_core.ports.probes import EngineHealth


class TestMemoryUsers(UsersContract):
    @pytest.fixture
    def users(self):
        return MemoryUsers()


class TestMemoryMembers(MembersContract):
    @pytest.fixture
    def members(self):
        return MemoryMembers()


class TestMemoryInvitations(InvitationsContract):
    @pytest.fixture
    def invitations(self):
        return MemoryInvitations()


class TestMemorySignIns(SignInsContract):
    @pytest.fixture
    def sign_ins(self):
        return MemorySignIns()


class TestMemoryErrands(ErrandsContract):
    @pytest.fixture
    def errands(self):
        return MemoryErrands()


class TestMemoryAuditLog(AuditLogContract):
    @pytest.fixture
    def audit(self):
        return MemoryAuditLog()


class TestMemoryAnswers(AnswersContract):
    @pytest.fixture
    def answers(self):
        return MemoryAnswers()


class TestMemoryAttempts(AttemptsContract):
    @pytest.fixture
    def attempts(self):
        return MemoryAttempts()


class TestMemoryTogether(TogetherContract):
    @pytest.fixture
    def users(self):
        return MemoryUsers()

    @pytest.fixture
    def together(self, users):
        return MemoryTogether([users])


class TestMemoryDirectory(DirectoryContract):
    @pytest.fixture
    def accounts(self):
        return MemoryAccounts()

    @pytest.fixture
    def directory(self, accounts):
        return MemoryDirectory(accounts)


class TestFastPasswords(PasswordsContract):
    @pytest.fixture
    def passwords(self):
        return FastPasswords()


class TestArgon2Passwords(PasswordsContract):
    @pytest.fixture
    def passwords(self):
        return Argon2Passwords()

    async def test_hashes_are_argon2id(self, passwords):
        """
        And say with which parameters, so that these can change.
        """
        assert (await passwords.hash("x")).startswith("$argon2id$v=19$m=65536,t=3,p=4$")


class TestMemoryLetters(LettersContract):
    @pytest.fixture
    def letters(self):
        return MemoryLetters()

    @pytest.fixture
    def delivered(self, letters):
        async def wait(_: int) -> list[Letter]:
            return letters.posted

        return wait


class TestFileLetters(LettersContract):
    @pytest.fixture
    def letters(self, tmp_path):
        return FileLetters(tmp_path / "letters", ManualClock())

    @pytest.fixture
    def delivered(self, letters, tmp_path):
        async def wait(_: int) -> list[Letter]:
            found = []
            for path in sorted((tmp_path / "letters").iterdir()):
                assert path.stat().st_mode & 0o077 == 0
                head, _, text = path.read_text().partition("\n\n")
                to, subject = (line.partition(": ")[2] for line in head.splitlines())
                found.append(Letter(to, subject, text))
            return found

        return wait

    def test_a_folder_that_cannot_be_written(self, tmp_path):
        """
        Loses the letter, and nothing else: whoever posts one goes on. It is said where.
        """
        (tmp_path / "file").write_text("")
        letters = FileLetters(tmp_path / "file" / "letters", ManualClock())
        with capture_logs() as logs:
            letters.post(Letter("ann@example.com", "One", "secret"))

        assert [line["event"] for line in logs] == ["letter not written"]
        assert logs[0]["folder"] == str(tmp_path / "file" / "letters")
        assert "secret" not in str(logs)


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
