"""The adapters of accounts keep every port's promises on SQLite."""

from tests.contract import sql_people as suites


class TestSqliteUsers(suites.SqlUsersSuite):
    pass


class TestSqliteMembers(suites.SqlMembersSuite):
    pass


class TestSqliteSecondFactors(suites.SqlSecondFactorsSuite):
    pass


class TestSqliteIdentityProviders(suites.SqlIdentityProvidersSuite):
    pass


class TestSqlitePasskeys(suites.SqlPasskeysSuite):
    pass


class TestSqliteCeremonies(suites.SqlCeremoniesSuite):
    pass


class TestSqliteEmailChanges(suites.SqlEmailChangesSuite):
    pass


class TestSqliteInvitations(suites.SqlInvitationsSuite):
    pass


class TestSqliteSignIns(suites.SqlSignInsSuite):
    pass


class TestSqliteOneTimeTokens(suites.SqlOneTimeTokensSuite):
    pass


class TestSqliteAuditLog(suites.SqlAuditLogSuite):
    pass


class TestSqliteEmailOutbox(suites.SqlEmailOutboxSuite):
    pass


class TestSqliteIdempotencyStore(suites.SqlIdempotencyStoreSuite):
    pass


class TestSqliteAttemptLimiter(suites.SqlAttemptLimiterSuite):
    pass


class TestSqliteTransaction(suites.SqlTransactionSuite):
    pass


class TestSqliteTokenKey(suites.SqlTokenKeySuite):
    pass


class TestSqliteSamples(suites.SqlSamplesSuite):
    pass


class TestSqliteOrgSearch(suites.SqlOrgSearchSuite):
    pass
