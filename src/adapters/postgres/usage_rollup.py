"""Compares the sums that triggers keep of the ledger with it, and computes them anew."""

from typing import Any

import sqlalchemy as sa

from adapters.postgres.migrations.usage_rollups import BY_TAGS, USAGE, Rollup


# As the newest migrations made them.
ALL = (USAGE, BY_TAGS)
_MOST_SHOWN = 10  # differences of each kind


def refill(connection: sa.Connection) -> None:
    """Computes all rollups anew while the triggers are there; writers of usage wait meanwhile."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("LOCK TABLE usage_records IN SHARE ROW EXCLUSIVE MODE")
    for rollup in ALL:
        rollup.fill(connection)


def differences(connection: sa.Connection) -> list[Any]:
    """Rows of the rollups that are not what the ledger adds up to, some of each kind."""
    return [found for rollup in ALL for found in _differences(connection, rollup)]


def _differences(connection: sa.Connection, rollup: Rollup) -> list[Any]:
    names = ", ".join(rollup.columns)
    kept = f"SELECT {names}, sessions, audio_ms FROM {rollup.table} WHERE sessions <> 0"  # noqa: S608 (fixed names)
    computed = rollup.computed(connection)
    found: list[Any] = []
    for kind, one, other in (
        ("missing_rollup", computed, kept),
        ("wrong_rollup", kept, computed),
    ):
        query = (
            f"SELECT * FROM ({one}) AS a EXCEPT SELECT * FROM ({other}) AS b LIMIT {_MOST_SHOWN}"  # noqa: S608 (fixed names)
        )
        found += [(kind, *row) for row in connection.exec_driver_sql(query)]
    return found
