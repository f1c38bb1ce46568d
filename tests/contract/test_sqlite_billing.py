"""The database adapters keep billing's promises on SQLite."""

from tests.contract.sql_billing import (
    SqlBillingProfilesContract,
    SqlCreditNotesContract,
    SqlInvoicesContract,
    SqlPlansContract,
    SqlRefusalLedgerContract,
    SqlUsageReportsContract,
)


class TestSqlitePlans(SqlPlansContract):
    pass


class TestSqliteInvoices(SqlInvoicesContract):
    pass


class TestSqliteRefusals(SqlRefusalLedgerContract):
    pass


class TestSqliteUsageReports(SqlUsageReportsContract):
    pass


class TestSqliteBillingProfiles(SqlBillingProfilesContract):
    pass


class TestSqliteCreditNotes(SqlCreditNotesContract):
    pass
