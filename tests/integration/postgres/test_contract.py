"""
The database adapters keep every port's promises on PostgreSQL.

For a port of your own, add a class as the ones here: a contract suite of `tests/contract`, and a
fixture that makes your adapter of `database` (`conftest.py`: an engine on a database of the test's
own, at the newest schema).
"""

import pytest

from tests.contract.accounts import AccountsContract
from tests.contract.usage import UsageLedgerContract

from adapters.postgres.accounts import SqlAccounts
from adapters.postgres.usage import SqlUsageLedger


class TestPostgresAccounts(AccountsContract):
    @pytest.fixture
    def accounts(self, database):
        return SqlAccounts(database)


class TestPostgresUsageLedger(UsageLedgerContract):
    @pytest.fixture
    def ledger(self, database):
        return SqlUsageLedger(database)
