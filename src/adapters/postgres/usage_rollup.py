"""
Triggers that keep `usage_rollup`: the ledger added up by UTC hour and by UTC day.

Every change of a ledger row adds its difference to two rows of the rollup, within the transaction of
the change, also one made at a SQL prompt. The rollup therefore agrees with the ledger at every
moment. Recording the billed part of a session changes no sum and touches no row.

On PostgreSQL the triggers run once per statement and write rows in the order of the primary key, so
that statements which touch the same rows wait for each other instead of deadlocking.

SQLite drops the triggers when Alembic's batch mode copies `usage_records`: a migration that does so calls
`drop` before and `make` after.

Released migrations call `make`, `drop` and `fill`. Additions are allowed, changes of what they create
are not.
"""

from typing import Any

import sqlalchemy as sa


TRIGGERS = tuple(f"usage_records_{event}_rolled_up" for event in ("insert", "update", "delete"))
_CELL = ("org", "unit", "began", "key", "kind", "model", "status", "reason", "is_silent")
_CELLS = ", ".join(_CELL)


def make(connection: sa.Connection) -> None:
    """Creates the triggers; on PostgreSQL also locks the ledger until the transaction ends."""
    for statement in _SQLITE if _is_sqlite(connection) else _POSTGRESQL:
        connection.exec_driver_sql(statement)


def drop(connection: sa.Connection) -> None:
    on = "" if _is_sqlite(connection) else " ON usage_records"
    for trigger in TRIGGERS:
        connection.exec_driver_sql(f"DROP TRIGGER {trigger}{on}")
    if not _is_sqlite(connection):
        connection.exec_driver_sql("DROP FUNCTION roll_usage_up()")


def fill(connection: sa.Connection) -> None:
    """Computes the whole rollup from the ledger."""
    connection.exec_driver_sql("DELETE FROM usage_rollup")
    connection.exec_driver_sql(
        f"INSERT INTO usage_rollup ({_CELLS}, sessions, audio_ms) {_computed(connection)}"
    )


def refill(connection: sa.Connection) -> None:
    """Computes the rollup anew while the triggers are there; writers of usage wait meanwhile."""
    if not _is_sqlite(connection):
        connection.exec_driver_sql("LOCK TABLE usage_records IN SHARE ROW EXCLUSIVE MODE")
    fill(connection)


def differences(connection: sa.Connection, limit: int = 10) -> list[Any]:
    """Rows of the rollup that are not what the ledger adds up to, at most *limit* of each kind."""
    kept = f"SELECT {_CELLS}, sessions, audio_ms FROM usage_rollup WHERE sessions <> 0"  # noqa: S608 (fixed names)
    computed = _computed(connection)
    found: list[Any] = []
    for kind, one, other in (
        ("missing_rollup", computed, kept),
        ("wrong_rollup", kept, computed),
    ):
        query = f"SELECT * FROM ({one}) AS a EXCEPT SELECT * FROM ({other}) AS b LIMIT {limit}"  # noqa: S608 (fixed names)
        found += [(kind, *row) for row in connection.exec_driver_sql(query)]
    return found


def _is_sqlite(connection: sa.Connection) -> bool:
    return connection.dialect.name == "sqlite"


def _computed(connection: sa.Connection) -> str:
    """A query of the rollup as the ledger has it."""
    began = _SQLITE_BEGAN if _is_sqlite(connection) else _POSTGRESQL_BEGAN
    return f"""
        SELECT {_cells("r.", began)}, count(*) AS sessions, sum(r.audio_ms) AS audio_ms
        FROM usage_records AS r CROSS JOIN {_UNIT_ROWS}
        GROUP BY {_NUMBERS}
    """  # noqa: S608 (fixed names)


def _cells(row: str, began: str) -> str:
    """The cell of a ledger row, in the order of `_CELL`; *row* is its name with a dot."""
    names = ", ".join(f"{row}{name}" for name in ("key", "kind", "model", "status", "reason"))
    return f"{row}org, unit, {began.format(row=row)}, {names}, {row}audio_ms = 0"


_UNIT_ROWS = "(SELECT 'day' AS unit UNION ALL SELECT 'hour') AS units"
_NUMBERS = ", ".join(str(number) for number in range(1, len(_CELL) + 1))
_POSTGRESQL_BEGAN = "date_trunc(unit, {row}started, 'UTC')"
# As SQLAlchemy stores times on SQLite.
_SQLITE_BEGAN = (
    "CASE unit WHEN 'day' THEN substr({row}started, 1, 10) || ' 00:00:00.000000' "
    "ELSE substr({row}started, 1, 13) || ':00:00.000000' END"
)
_ADD = f"""
    ON CONFLICT ({_CELLS}) DO UPDATE SET
      sessions = usage_rollup.sessions + excluded.sessions,
      audio_ms = usage_rollup.audio_ms + excluded.audio_ms
"""


def _rolled_up(rows: str) -> str:
    """PL/pgSQL that adds *rows*, a query of ledger rows with their sign, to the rollup."""
    return f"""
        INSERT INTO usage_rollup ({_CELLS}, sessions, audio_ms)
        SELECT {_cells("r.", _POSTGRESQL_BEGAN)}, sum(sign), sum(sign * r.audio_ms)
        FROM ({rows}) AS r CROSS JOIN {_UNIT_ROWS}
        GROUP BY {_NUMBERS}
        HAVING sum(sign) <> 0 OR sum(sign * r.audio_ms) <> 0
        ORDER BY {_NUMBERS}
        {_ADD};
    """  # noqa: S608 (fixed names)


_ADDED = "SELECT 1 AS sign, n.* FROM new_rows AS n"
_REMOVED = "SELECT -1 AS sign, o.* FROM old_rows AS o"
_POSTGRESQL = (
    f"""
    CREATE FUNCTION roll_usage_up() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'INSERT' THEN
        {_rolled_up(_ADDED)}
      ELSIF TG_OP = 'DELETE' THEN
        {_rolled_up(_REMOVED)}
      ELSE
        {_rolled_up(f"{_ADDED} UNION ALL {_REMOVED}")}
      END IF;
      RETURN NULL;
    END $$
    """,
    *(
        f"CREATE TRIGGER usage_records_{event}_rolled_up AFTER {event.upper()} ON usage_records "
        f"REFERENCING {rows} FOR EACH STATEMENT EXECUTE FUNCTION roll_usage_up()"
        for event, rows in (
            ("insert", "NEW TABLE AS new_rows"),
            ("update", "OLD TABLE AS old_rows NEW TABLE AS new_rows"),
            ("delete", "OLD TABLE AS old_rows"),
        )
    ),
)


def _added_row(row: str, sign: int) -> str:
    """A statement of a trigger of SQLite that adds one ledger row, or takes it away."""
    return f"""
        INSERT INTO usage_rollup ({_CELLS}, sessions, audio_ms)
        SELECT {_cells(row, _SQLITE_BEGAN)}, {sign}, {sign} * {row}audio_ms
        FROM {_UNIT_ROWS} WHERE true
        {_ADD};
    """  # noqa: S608 (fixed names)


_COUNTED = ("org", "started", "key", "kind", "model", "status", "reason", "audio_ms")
_SQLITE = tuple(
    f"CREATE TRIGGER usage_records_{event}_rolled_up AFTER {when} ON usage_records BEGIN {work} END"
    for event, when, work in (
        ("insert", "INSERT", _added_row("NEW.", 1)),
        (
            "update",
            "UPDATE OF " + ", ".join(f'"{name}"' for name in _COUNTED),
            _added_row("OLD.", -1) + _added_row("NEW.", 1),
        ),
        ("delete", "DELETE", _added_row("OLD.", -1)),
    )
)
