"""The database adapters keep the promises of events and webhooks on SQLite."""

from tests.contract.sql_notifications import (
    SqlAlertsContract,
    SqlDeliveriesContract,
    SqlEndpointsContract,
    SqlEventsContract,
    SqlUsageAlertsContract,
)


class TestSqliteEvents(SqlEventsContract):
    pass


class TestSqliteEndpoints(SqlEndpointsContract):
    pass


class TestSqliteDeliveries(SqlDeliveriesContract):
    pass


class TestSqliteAlerts(SqlAlertsContract):
    pass


class TestSqliteUsageAlerts(SqlUsageAlertsContract):
    pass
