"""Contract suites of events and webhooks on a database; subclasses give the fixture `database`."""

import pytest

from tests.contract.alerts import AlertsContract, AlertStores, UsageAlertsContract
from tests.contract.events import EventsContract, event
from tests.contract.values import ORG, after
from tests.contract.webhooks import DeliveriesContract, EndpointsContract, delivery, endpoint

from adapters.postgres.accounts import SqlAccounts
from adapters.postgres.alerts import SqlAlerts
from adapters.postgres.events import SqlEvents
from adapters.postgres.invoices import SqlInvoices
from adapters.postgres.org_search import SqlOrgSearch
from adapters.postgres.plans import SqlPlans
from adapters.postgres.usage import SqlUsageLedger
from adapters.postgres.users import SqlUsers
from adapters.postgres.webhooks import SqlDeliveries, SqlEndpoints
from aldea_core.domain.notifications.events import EventType


async def set_type(database, table: str, type_: str) -> None:
    """Of the event or delivery "a"."""
    async with database.begin() as connection:
        await connection.exec_driver_sql(f"UPDATE {table} SET type = '{type_}' WHERE id = 'a'")


class SqlEventsContract(EventsContract):
    @pytest.fixture
    def events(self, database):
        return SqlEvents(database)

    async def test_an_event_of_an_unknown_type_waits_for_a_newer_version(self, events, database):
        """
        And holds no other event up.
        """
        new, known = event("a"), event("b", at=after(1))
        for each in (new, known):
            await events.add(each)
        await set_type(database, "events", "key.praised")

        assert list(await events.undispatched(10)) == [known]
        assert list(await events.of_org(ORG)) == [known]
        assert await events.of_ids(["a", "b"]) == {"b": known}

        await set_type(database, "events", new.type)
        assert list(await events.undispatched(10)) == [new, known]


class SqlEndpointsContract(EndpointsContract):
    @pytest.fixture
    def accounts(self, database):
        return SqlAccounts(database)

    @pytest.fixture
    def endpoints(self, database):
        return SqlEndpoints(database)

    async def test_an_endpoint_is_read_without_types_that_only_newer_versions_know(
        self, endpoints, database
    ):
        await endpoints.put(endpoint())
        async with database.begin() as connection:
            await connection.exec_driver_sql(
                """UPDATE webhook_endpoints SET events = '["key.praised", "invoice.paid"]'"""
            )

        assert (await endpoints.find(ORG, "e")).events == {EventType.INVOICE_PAID}


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

    async def test_a_delivery_of_an_unknown_type_waits_for_a_newer_version(
        self, deliveries, database
    ):
        """
        And holds no other delivery up.
        """
        await deliveries.add([delivery("a"), delivery("b")])
        await set_type(database, "webhook_deliveries", "key.praised")

        assert await self.claim(deliveries) == ["b"]
        assert [each.id for each in await deliveries.of_endpoint("e")] == ["b"]

        await set_type(database, "webhook_deliveries", EventType.INVOICE_ISSUED)
        assert await self.claim(deliveries) == ["a"]


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
