"""The memory adapters keep the promises of events and webhooks."""

import pytest

from tests.contract.alerts import AlertsContract, AlertStores, UsageAlertsContract
from tests.contract.events import EventsContract
from tests.contract.webhooks import DeliveriesContract, EndpointsContract

from adapters.memory.accounts import MemoryAccounts
from adapters.memory.alerts import MemoryAlerts
from adapters.memory.events import MemoryEvents
from adapters.memory.invoices import MemoryInvoices
from adapters.memory.members import MemoryMembers
from adapters.memory.org_search import MemoryOrgSearch
from adapters.memory.plans import MemoryPlans
from adapters.memory.usage import MemoryUsageLedger
from adapters.memory.users import MemoryUsers
from adapters.memory.webhooks import MemoryDeliveries, MemoryEndpoints


@pytest.fixture
def accounts():
    return MemoryAccounts()


@pytest.fixture
def endpoints():
    return MemoryEndpoints()


class TestMemoryEvents(EventsContract):
    @pytest.fixture
    def events(self):
        return MemoryEvents()


class TestMemoryEndpoints(EndpointsContract):
    pass


class TestMemoryDeliveries(DeliveriesContract):
    @pytest.fixture
    def deliveries(self, endpoints):
        return MemoryDeliveries(endpoints)


class TestMemoryAlerts(AlertsContract):
    @pytest.fixture
    def users(self):
        return MemoryUsers()

    @pytest.fixture
    def alerts(self):
        return MemoryAlerts()


class TestMemoryUsageAlerts(UsageAlertsContract):
    @pytest.fixture
    def stores(self, accounts):
        ledger = MemoryUsageLedger(accounts)
        return AlertStores(
            accounts,
            MemoryOrgSearch(accounts, MemoryMembers(), MemoryUsers()),
            ledger,
            MemoryPlans(accounts),
            MemoryInvoices(ledger),
            MemoryAlerts(),
            MemoryEvents(),
        )
