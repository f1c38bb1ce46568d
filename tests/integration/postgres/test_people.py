"""The adapters of accounts keep every port's promises on PostgreSQL."""

from tests.contract import sql_people as suites


class TestPostgresUsers(suites.SqlUsersSuite):
    pass


class TestPostgresMembers(suites.SqlMembersSuite):
    pass


class TestPostgresSecondFactors(suites.SqlSecondFactorsSuite):
    pass


class TestPostgresIdentityProviders(suites.SqlIdentityProvidersSuite):
    pass


class TestPostgresPasskeys(suites.SqlPasskeysSuite):
    pass


class TestPostgresCeremonies(suites.SqlCeremoniesSuite):
    pass


class TestPostgresEmailChanges(suites.SqlEmailChangesSuite):
    pass


class TestPostgresInvitations(suites.SqlInvitationsSuite):
    pass


class TestPostgresSignIns(suites.SqlSignInsSuite):
    pass


class TestPostgresOneTimeTokens(suites.SqlOneTimeTokensSuite):
    pass


class TestPostgresAuditLog(suites.SqlAuditLogSuite):
    pass


class TestPostgresEmailOutbox(suites.SqlEmailOutboxSuite):
    pass


class TestPostgresIdempotencyStore(suites.SqlIdempotencyStoreSuite):
    pass


class TestPostgresAttemptLimiter(suites.SqlAttemptLimiterSuite):
    pass


class TestPostgresTransaction(suites.SqlTransactionSuite):
    pass


class TestPostgresTokenKey(suites.SqlTokenKeySuite):
    pass


class TestPostgresSamples(suites.SqlSamplesSuite):
    pass


class TestPostgresOrgSearch(suites.SqlOrgSearchSuite):
    pass
