"""The memory adapters keep the promises of events and webhooks."""

import pytest

from tests.contract.events import EventsContract
from tests.contract.webhooks import DeliveriesContract, EndpointsContract

from adapters.memory.accounts import MemoryAccounts
from adapters.memory.events import MemoryEvents
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
