"""Contract suites of events and webhooks on a database; subclasses give the fixture `database`."""

import pytest

from tests.contract.alerts import AlertsContract, AlertStores, UsageAlertsContract
from tests.contract.events import EventsContract
from tests.contract.webhooks import DeliveriesContract, EndpointsContract

from adapters.postgres.accounts import SqlAccounts
from adapters.postgres.alerts import SqlAlerts
from adapters.postgres.events import SqlEvents
from adapters.postgres.invoices import SqlInvoices
from adapters.postgres.org_search import SqlOrgSearch
from adapters.postgres.plans import SqlPlans
from adapters.postgres.usage import SqlUsageLedger
from adapters.postgres.users import SqlUsers
from adapters.postgres.webhooks import SqlDeliveries, SqlEndpoints


class SqlEventsContract(EventsContract):
    @pytest.fixture
    def events(self, database):
        return SqlEvents(database)


class SqlEndpointsContract(EndpointsContract):
    @pytest.fixture
    def accounts(self, database):
        return SqlAccounts(database)

    @pytest.fixture
    def endpoints(self, database):
        return SqlEndpoints(database)


class SqlDeliveriesContract(DeliveriesContract):
    @pytest.fixture
    def accounts(self, database):
        return SqlAccounts(database)

    @pytest.fixture
    def endpoints(self, database):
        return SqlEndpoints(database)

    @pytest.fixture
    def deliveries(self, database):
        return SqlDeliveries(database)


class SqlAlertsContract(AlertsContract):
    @pytest.fixture
    def accounts(self, database):
        return SqlAccounts(database)

    @pytest.fixture
    def users(self, database):
        return SqlUsers(database)

    @pytest.fixture
    def alerts(self, database):
        return SqlAlerts(database)


class SqlUsageAlertsContract(UsageAlertsContract):
    @pytest.fixture
    def stores(self, database):
        kinds = (
            SqlAccounts, SqlOrgSearch, SqlUsageLedger, SqlPlans, SqlInvoices, SqlAlerts, SqlEvents,
        )  # fmt: skip
        return AlertStores(*(kind(database) for kind in kinds))
