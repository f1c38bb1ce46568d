"""The database adapters keep the promises of events and webhooks on SQLite."""

from tests.contract.sql_notifications import (
    SqlDeliveriesContract,
    SqlEndpointsContract,
    SqlEventsContract,
)


class TestSqliteEvents(SqlEventsContract):
    pass


class TestSqliteEndpoints(SqlEndpointsContract):
    pass


class TestSqliteDeliveries(SqlDeliveriesContract):
    pass
