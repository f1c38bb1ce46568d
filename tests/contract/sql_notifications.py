"""Contract suites of events and webhooks on a database; subclasses give the fixture `database`."""

import pytest

from tests.contract.events import EventsContract
from tests.contract.webhooks import DeliveriesContract, EndpointsContract

from adapters.postgres.accounts import SqlAccounts
from adapters.postgres.events import SqlEvents
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
