"""
The suites of people's ports on a database; where it is, says who subclasses them.

Subclasses give a fixture `database`: an engine at the newest schema.
"""

import pytest

from tests.contract.answers import AnswersContract
from tests.contract.attempts import AttemptsContract
from tests.contract.audit import AuditLogContract
from tests.contract.directory import DirectoryContract
from tests.contract.people import (
    ANN,
    BOB,
    ErrandsContract,
    InvitationsContract,
    MembersContract,
    SignInsContract,
    UsersContract,
)
from tests.contract.together import TogetherContract
from tests.contract.values import NOW, ORG, OTHER_ORG

from adapters.postgres.accounts import SqlAccounts
from adapters.postgres.answers import SqlAnswers
from adapters.postgres.attempts import SqlAttempts
from adapters.postgres.audit import SqlAuditLog
from adapters.postgres.directory import SqlDirectory
from adapters.postgres.members import SqlInvitations, SqlMembers
from adapters.postgres.sign_ins import SqlErrands, SqlSignIns
from adapters.postgres.together import SqlTogether
from adapters.postgres.users import SqlUsers
from aldea_core.domain.access.orgs import Org


async def add_known(database) -> None:
    """Rows that others refer to."""
    for org in (ORG, OTHER_ORG):
        await SqlAccounts(database).add_org(Org(org, "Acme", NOW))
    for user in (ANN, BOB):
        await SqlUsers(database).add(user)


class SqlUsersSuite(UsersContract):
    @pytest.fixture
    def users(self, database):
        return SqlUsers(database)


class SqlMembersSuite(MembersContract):
    @pytest.fixture
    async def members(self, database):
        await add_known(database)
        return SqlMembers(database)


class SqlInvitationsSuite(InvitationsContract):
    @pytest.fixture
    async def invitations(self, database):
        await add_known(database)
        return SqlInvitations(database)


class SqlSignInsSuite(SignInsContract):
    @pytest.fixture
    async def sign_ins(self, database):
        await add_known(database)
        return SqlSignIns(database)


class SqlErrandsSuite(ErrandsContract):
    @pytest.fixture
    async def errands(self, database):
        await add_known(database)
        return SqlErrands(database)


class SqlAuditLogSuite(AuditLogContract):
    @pytest.fixture
    def audit(self, database):
        return SqlAuditLog(database)


class SqlAnswersSuite(AnswersContract):
    @pytest.fixture
    def answers(self, database):
        return SqlAnswers(database)


class SqlAttemptsSuite(AttemptsContract):
    @pytest.fixture
    def attempts(self, database):
        return SqlAttempts(database)


class SqlDirectorySuite(DirectoryContract):
    @pytest.fixture
    def accounts(self, database):
        return SqlAccounts(database)

    @pytest.fixture
    def directory(self, database):
        return SqlDirectory(database)


class SqlTogetherSuite(TogetherContract):
    @pytest.fixture
    def users(self, database):
        return SqlUsers(database)

    @pytest.fixture
    def together(self, database):
        return SqlTogether(database)
