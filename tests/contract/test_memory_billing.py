"""The memory adapters keep billing's promises."""

import json

import pytest

from tests.contract.billing_profiles import BillingProfilesContract
from tests.contract.credit_notes import CreditNotesContract
from tests.contract.invoices import InvoicesContract
from tests.contract.payments import PaymentsContract
from tests.contract.plans import PlansContract
from tests.contract.refusals import RefusalLedgerContract
from tests.contract.reports import UsageReportsContract

from adapters.memory.accounts import MemoryAccounts
from adapters.memory.billing_profiles import MemoryBillingProfiles
from adapters.memory.credit_notes import MemoryCreditNotes
from adapters.memory.invoices import MemoryInvoices
from adapters.memory.payments import MemoryPayments
from adapters.memory.plans import MemoryPlans
from adapters.memory.refusals import MemoryRefusalLedger
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


class TestMemoryRefusals(RefusalLedgerContract):
    @pytest.fixture
    def refusals(self):
        return MemoryRefusalLedger()


class TestMemoryUsageReports(UsageReportsContract):
    @pytest.fixture
    def reports(self, ledger):
        return MemoryUsageReports(ledger)


class TestMemoryPayments(PaymentsContract):
    @pytest.fixture
    def payments(self):
        return MemoryPayments()

    @pytest.fixture
    def collected(self, payments):
        return lambda: list(payments.asked.values())

    @pytest.fixture
    def pay(self, payments):
        return payments.collected.add

    @pytest.fixture
    def signed_notice(self, payments):
        def signed(invoice, event):
            body = json.dumps({"invoice": invoice, "event": event.value}).encode()
            return body, payments.sign(body)

        return signed


class TestMemoryBillingProfiles(BillingProfilesContract):
    @pytest.fixture
    def accounts(self):
        return MemoryAccounts()

    @pytest.fixture
    def billing_profiles(self, accounts):
        return MemoryBillingProfiles(accounts)


class TestMemoryCreditNotes(CreditNotesContract):
    @pytest.fixture
    def credit_notes(self):
        return MemoryCreditNotes()
