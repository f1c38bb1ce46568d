"""Names the trace of a transaction to the database, so that its outbox rows continue it."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from sqlalchemy.ext.asyncio import AsyncEngine


# The column `org_changes.trace` has it as its default.
_SET = sa.text("SELECT set_config('aldea.trace', :trace, true)")


def name_traces(engine: AsyncEngine, current: Callable[[], str]) -> None:
    """
    At the begin of every transaction of *engine*. SQLite has no settings of a transaction: there, a
    trace ends with the change.

    Args:
        current: The traceparent of the step that the caller is in; empty if it is in none.
    """
    if engine.dialect.name != "postgresql":
        return

    def begin(connection: sa.Connection, *_: Any) -> None:
        if trace := current():
            connection.execute(_SET, {"trace": trace})

    sa.event.listen(engine.sync_engine, "begin", begin)
