"""Billing's contract suites on a database; subclasses give the fixture `database`."""

import pytest

from tests.contract.accounts import ACME
from tests.contract.billing_profiles import BillingProfilesContract
from tests.contract.credit_notes import CreditNotesContract
from tests.contract.invoices import InvoicesContract
from tests.contract.plans import GOLD, JANUARY, PlansContract
from tests.contract.refusals import RefusalLedgerContract
from tests.contract.reports import UsageReportsContract
from tests.contract.values import NOW, ORG

from adapters.postgres.accounts import SqlAccounts
from adapters.postgres.billing_profiles import SqlBillingProfiles
from adapters.postgres.changes import SqlOrgChanges
from adapters.postgres.credit_notes import SqlCreditNotes
from adapters.postgres.invoices import SqlInvoices
from adapters.postgres.pages import SqlOrgPages
from adapters.postgres.plans import SqlPlans
from adapters.postgres.refusals import SqlRefusalLedger
from adapters.postgres.reports import SqlUsageReports
from adapters.postgres.usage import SqlUsageLedger
from aldea_core.domain.access.spending_cap import Cap
from aldea_core.domain.billing.plans import Subscription


class SqlPlansContract(PlansContract):
    @pytest.fixture
    def accounts(self, database):
        return SqlAccounts(database)

    @pytest.fixture
    def changes(self, database):
        return SqlOrgChanges(database)

    @pytest.fixture
    def plans(self, database):
        return SqlPlans(database)

    async def test_pages_include_plans_and_caps(self, plans, accounts, database):
        """
        As single snapshots do.
        """
        await accounts.add_org(ACME)
        await plans.add(GOLD)
        await plans.subscribe(ORG, Subscription(JANUARY, GOLD.id))
        await plans.set_cap(ORG, Cap(5000, 777))

        (page,) = await SqlOrgPages(database).snapshots(None, 10, at=NOW)

        assert page == await accounts.snapshot(ORG, at=NOW)


class SqlInvoicesContract(InvoicesContract):
    @pytest.fixture
    def ledger(self, database):
        return SqlUsageLedger(database)

    @pytest.fixture
    def invoices(self, database):
        return SqlInvoices(database)


class SqlRefusalLedgerContract(RefusalLedgerContract):
    @pytest.fixture
    def refusals(self, database):
        return SqlRefusalLedger(database)


class SqlUsageReportsContract(UsageReportsContract):
    @pytest.fixture
    def ledger(self, database):
        return SqlUsageLedger(database)

    @pytest.fixture
    def reports(self, database):
        return SqlUsageReports(database)


class SqlBillingProfilesContract(BillingProfilesContract):
    @pytest.fixture
    def accounts(self, database):
        return SqlAccounts(database)

    @pytest.fixture
    def billing_profiles(self, database):
        return SqlBillingProfiles(database)


class SqlCreditNotesContract(CreditNotesContract):
    @pytest.fixture
    def credit_notes(self, database):
        return SqlCreditNotes(database)
