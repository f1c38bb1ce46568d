"""The memory adapters keep billing's promises."""

import pytest

from tests.contract.invoices import InvoicesContract
from tests.contract.plans import PlansContract
from tests.contract.reports import UsageReportsContract

from adapters.memory.accounts import MemoryAccounts
from adapters.memory.invoices import MemoryInvoices
from adapters.memory.plans import MemoryPlans
from adapters.memory.reports import MemoryUsageReports
from adapters.memory.usage import MemoryUsageLedger


@pytest.fixture
def ledger():
    return MemoryUsageLedger()


class TestMemoryPlans(PlansContract):
    @pytest.fixture
    def accounts(self):
        return MemoryAccounts()

    @pytest.fixture
    def changes(self, accounts):
        return accounts.changes

    @pytest.fixture
    def plans(self, accounts):
        return MemoryPlans(accounts)


class TestMemoryInvoices(InvoicesContract):
    @pytest.fixture
    def invoices(self, ledger):
        return MemoryInvoices(ledger)


class TestMemoryUsageReports(UsageReportsContract):
    @pytest.fixture
    def reports(self, ledger):
        return MemoryUsageReports(ledger)
