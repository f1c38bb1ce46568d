"""People's adapters keep every port's promises on PostgreSQL."""

from tests.contract import sql_people as suites


class TestPostgresUsers(suites.SqlUsersSuite):
    pass


class TestPostgresMembers(suites.SqlMembersSuite):
    pass


class TestPostgresInvitations(suites.SqlInvitationsSuite):
    pass


class TestPostgresSignIns(suites.SqlSignInsSuite):
    pass


class TestPostgresErrands(suites.SqlErrandsSuite):
    pass


class TestPostgresAuditLog(suites.SqlAuditLogSuite):
    pass


class TestPostgresAnswers(suites.SqlAnswersSuite):
    pass


class TestPostgresAttempts(suites.SqlAttemptsSuite):
    pass


class TestPostgresTogether(suites.SqlTogetherSuite):
    pass


class TestPostgresDirectory(suites.SqlDirectorySuite):
    pass
