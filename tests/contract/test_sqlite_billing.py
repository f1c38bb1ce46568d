"""The database adapters keep billing's promises on SQLite."""

import pytest

from tests.contract.sql_billing import (
    SqlInvoicesContract,
    SqlPlansContract,
    SqlUsageReportsContract,
)

from adapters.postgres.engine import connect
from adapters.postgres.migrate import migrate


@pytest.fixture
async def database(tmp_path):
    engine = connect(f"sqlite:///{tmp_path}/aldea.db")
    await migrate(engine)
    yield engine
    await engine.dispose()


class TestSqlitePlans(SqlPlansContract):
    pass


class TestSqliteInvoices(SqlInvoicesContract):
    pass


class TestSqliteUsageReports(SqlUsageReportsContract):
    pass
