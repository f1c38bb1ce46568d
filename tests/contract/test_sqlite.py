"""The database adapters keep every port's promises on SQLite."""

import pytest

from tests.contract.accounts import AccountsContract, OrgPagesContract
from tests.contract.changes import OrgChangesContract
from tests.contract.usage import UsageLedgerContract

from adapters.postgres.accounts import SqlAccounts
from adapters.postgres.changes import SqlOrgChanges
from adapters.postgres.engine import BadDatabaseUrl, connect
from adapters.postgres.migrate import drift, migrate
from adapters.postgres.org_pages import SqlOrgPages
from adapters.postgres.revisions import is_newest
from adapters.postgres.usage import SqlUsageLedger


@pytest.fixture
def accounts(database):
    return SqlAccounts(database)


class TestSqliteAccounts(AccountsContract):
    pass


class TestSqliteOrgPages(OrgPagesContract):
    @pytest.fixture
    def pages(self, database):
        return SqlOrgPages(database)


class TestSqliteOrgChanges(OrgChangesContract):
    @pytest.fixture
    def changes(self, database):
        return SqlOrgChanges(database)


class TestSqliteUsageLedger(UsageLedgerContract):
    @pytest.fixture
    def ledger(self, database):
        return SqlUsageLedger(database)


class TestMigrations:
    async def test_migrations_lead_to_the_declared_tables(self, database):
        assert await drift(database) == []

    async def test_migrations_go_up_down_and_up_again(self, database):
        """
        Down leaves nothing in the way of going up again.
        """
        await migrate(database, "base")
        await migrate(database)

        assert await drift(database) == []

    async def test_only_the_newest_revision_is_taken_as_such(self, database):
        """
        Neither an older one nor an emptied database is.
        """
        seen = [await is_newest(database)]
        for revision in ("0030", "base", "head"):
            await migrate(database, revision)
            seen.append(await is_newest(database))

        assert seen == [True, False, False, True]


@pytest.mark.parametrize("url", ["", "mysql://u:hidden@h/d", "nonsense", "postgresql//u:hidden@h"])
def test_a_wrong_url_is_refused_without_its_password(url):
    """
    The error text says what is valid.
    """
    with pytest.raises(BadDatabaseUrl) as wrong:
        connect(url)

    assert "postgresql://" in str(wrong.value)
    assert "hidden" not in str(wrong.value)
