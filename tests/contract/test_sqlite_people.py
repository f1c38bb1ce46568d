"""People's adapters keep every port's promises on SQLite."""

from tests.contract import sql_people as suites


class TestSqliteUsers(suites.SqlUsersSuite):
    pass


class TestSqliteMembers(suites.SqlMembersSuite):
    pass


class TestSqliteInvitations(suites.SqlInvitationsSuite):
    pass


class TestSqliteSignIns(suites.SqlSignInsSuite):
    pass


class TestSqliteErrands(suites.SqlErrandsSuite):
    pass


class TestSqliteAuditLog(suites.SqlAuditLogSuite):
    pass


class TestSqliteAnswers(suites.SqlAnswersSuite):
    pass


class TestSqliteAttempts(suites.SqlAttemptsSuite):
    pass


class TestSqliteTogether(suites.SqlTogetherSuite):
    pass


class TestSqliteDirectory(suites.SqlDirectorySuite):
    pass
