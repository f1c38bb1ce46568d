"""
The suites of account ports on a database. Modules that import them give a fixture `database`: an
engine at the newest schema.
"""

import pytest

from tests.contract.attempt_limiter import AttemptLimiterContract
from tests.contract.audit import AuditLogContract
from tests.contract.email_outbox import ONE, TWO, EmailOutboxContract, claimed
from tests.contract.idempotency import IdempotencyStoreContract
from tests.contract.org_search import OrgSearchContract
from tests.contract.people import (
    ANN,
    BOB,
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
from tests.contract.samples import SamplesContract
from tests.contract.token_keys import TokenKeyContract
from tests.contract.transaction import TransactionContract
from tests.contract.values import NOW, ORG, OTHER_ORG

from adapters.postgres.accounts import SqlAccounts
from adapters.postgres.attempt_limiter import SqlAttemptLimiter
from adapters.postgres.audit import SqlAuditLog
from adapters.postgres.ceremonies import SqlCeremonies
from adapters.postgres.email_changes import SqlEmailChanges
from adapters.postgres.email_outbox import SqlEmailOutbox
from adapters.postgres.idempotency import SqlIdempotencyStore
from adapters.postgres.identity_providers import SqlIdentityProviders
from adapters.postgres.members import SqlInvitations, SqlMembers
from adapters.postgres.org_search import SqlOrgSearch
from adapters.postgres.passkeys import SqlPasskeys
from adapters.postgres.samples import SqlSamples
from adapters.postgres.second_factors import SqlSecondFactors
from adapters.postgres.sign_ins import SqlOneTimeTokens, SqlSignIns
from adapters.postgres.transaction import SqlTransaction
from adapters.postgres.users import SqlUsers
from aldea_core.domain.access.orgs import Org


async def add_known(database) -> None:
    """Rows that others refer to."""
    for org in (ORG, OTHER_ORG):
        await SqlAccounts(database).add_org(Org(org, "Acme", NOW))
    for user in (ANN, BOB):
        await SqlUsers(database).add(user)


class TestSqlUsers(UsersContract):
    @pytest.fixture
    def users(self, database):
        return SqlUsers(database)


class TestSqlMembers(MembersContract):
    @pytest.fixture
    async def members(self, database):
        await add_known(database)
        return SqlMembers(database)


class TestSqlSecondFactors(SecondFactorsContract):
    @pytest.fixture
    async def second_factors(self, database):
        await add_known(database)
        return SqlSecondFactors(database)


class TestSqlIdentityProviders(IdentityProvidersContract):
    @pytest.fixture
    async def identity_providers(self, database):
        await add_known(database)
        return SqlIdentityProviders(database)


class TestSqlPasskeys(PasskeysContract):
    @pytest.fixture
    async def passkeys(self, database):
        await add_known(database)
        return SqlPasskeys(database)


class TestSqlCeremonies(CeremoniesContract):
    @pytest.fixture
    def ceremonies(self, database):
        return SqlCeremonies(database)


class TestSqlEmailChanges(EmailChangesContract):
    @pytest.fixture
    async def email_changes(self, database):
        await add_known(database)
        return SqlEmailChanges(database)


class TestSqlInvitations(InvitationsContract):
    @pytest.fixture
    async def invitations(self, database):
        await add_known(database)
        return SqlInvitations(database)


class TestSqlSignIns(SignInsContract):
    @pytest.fixture
    async def sign_ins(self, database):
        await add_known(database)
        return SqlSignIns(database)


class TestSqlOneTimeTokens(OneTimeTokensContract):
    @pytest.fixture
    async def one_time_tokens(self, database):
        await add_known(database)
        return SqlOneTimeTokens(database)


class TestSqlEmailOutbox(EmailOutboxContract):
    @pytest.fixture
    def outbox(self, database):
        return SqlEmailOutbox(database)

    @pytest.fixture
    def transaction(self, database):
        return SqlTransaction(database)

    async def test_an_email_whose_token_is_of_an_unknown_kind_waits_for_a_newer_version(
        self, outbox, database
    ):
        """
        And holds no other email up.
        """
        for email in (ONE, TWO):
            await outbox.add(email, at=NOW)
        async with database.begin() as connection:
            await connection.exec_driver_sql(
                "UPDATE emails SET token_kind = 'greet' WHERE token_kind IS NOT NULL"
            )

        assert (await claimed(outbox)).email == TWO
        assert await claimed(outbox) is None


class TestSqlAuditLog(AuditLogContract):
    @pytest.fixture
    def audit(self, database):
        return SqlAuditLog(database)


class TestSqlIdempotencyStore(IdempotencyStoreContract):
    @pytest.fixture
    def answers(self, database):
        return SqlIdempotencyStore(database)


class TestSqlAttemptLimiter(AttemptLimiterContract):
    @pytest.fixture
    def attempts(self, database):
        return SqlAttemptLimiter(database)


class TestSqlSamples(SamplesContract):
    @pytest.fixture
    def samples(self, database):
        return SqlSamples(database)


class TestSqlOrgSearch(OrgSearchContract):
    @pytest.fixture
    def accounts(self, database):
        return SqlAccounts(database)

    @pytest.fixture
    def users(self, database):
        return SqlUsers(database)

    @pytest.fixture
    def members(self, database):
        return SqlMembers(database)

    @pytest.fixture
    def org_search(self, database):
        return SqlOrgSearch(database)


class TestSqlTokenKey(TokenKeyContract):
    @pytest.fixture
    def accounts(self, database):
        return SqlAccounts(database)

    @pytest.fixture
    def transaction(self, database):
        return SqlTransaction(database)


class TestSqlTransaction(TransactionContract):
    @pytest.fixture
    def users(self, database):
        return SqlUsers(database)

    @pytest.fixture
    def transaction(self, database):
        return SqlTransaction(database)
