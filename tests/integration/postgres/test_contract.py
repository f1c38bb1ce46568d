"""
The database adapters keep every port's promises on PostgreSQL.

For a port of your own, add a class as the ones here: a contract suite of `tests/contract`, and a
fixture that makes your adapter of `database` (`conftest.py`: an engine on a database of the test's
own, at the newest schema).
"""

import pytest

from tests.contract.accounts import AccountsContract, OrgPagesContract
from tests.contract.changes import ChangeSignalContract, OrgChangesContract
from tests.contract.usage import UsageLedgerContract
from tests.contract.values import ORG, record
from tests.servers.ledgers import sessions_of

from adapters.postgres.accounts import SqlAccounts
from adapters.postgres.changes import PostgresChangeSignal, SqlOrgChanges
from adapters.postgres.org_pages import SqlOrgPages
from adapters.postgres.usage import SqlUsageLedger
from aldea_core.domain.errors import Unstorable


@pytest.fixture
def accounts(database):
    return SqlAccounts(database)


class TestPostgresAccounts(AccountsContract):
    pass


class TestPostgresOrgPages(OrgPagesContract):
    @pytest.fixture
    def pages(self, database):
        return SqlOrgPages(database)


class TestPostgresOrgChanges(OrgChangesContract):
    @pytest.fixture
    def changes(self, database):
        return SqlOrgChanges(database)


class TestPostgresChangeSignal(ChangeSignalContract):
    @pytest.fixture
    async def signal(self, database):
        signal = PostgresChangeSignal(database)
        yield signal
        await signal.close()


class TestPostgresUsageLedger(UsageLedgerContract):
    @pytest.fixture
    def ledger(self, database):
        return SqlUsageLedger(database)

    @pytest.mark.parametrize(
        "values",
        [
            {"language": "x" * 41},
            {"reason": "a\0b"},
            {"audio_ms": 2**63},
            {"audio_ms": "many"},
            {"channels": None},
            {"status": 2**31},
        ],
        ids=str,
    )
    async def test_values_that_no_column_takes_are_unstorable(self, ledger, values):
        """
        Not a database that is away, which would be waited for.
        """
        with pytest.raises(Unstorable):
            await ledger.record([record("s1"), record("s2", **values)])
        assert await sessions_of(ledger, ORG) == []
