"""
Triggers that keep the ledger added up by UTC hour and by UTC day: `usage_rollup`, and by lists of
tags too `usage_tag_rollup`.

Every change of a ledger row adds its difference to two rows of each rollup, within the transaction of
the change, also one made at a SQL prompt. The rollups therefore agree with the ledger at every
moment. Recording the billed part of a session changes no sum and touches no row.

On PostgreSQL the triggers run once per statement and write rows in the order of the primary key, so
that statements which touch the same rows wait for each other instead of deadlocking.

SQLite drops the triggers when Alembic's batch mode copies `usage_records`: a migration that does so calls
`drop` before and `make` after.

This module is history, as the migrations that call it are: it is never changed. A migration that
makes another rollup has a module of its own.
"""

import attrs
import sqlalchemy as sa


_EVENTS = ("insert", "update", "delete")
_UNIT_ROWS = "(SELECT 'day' AS unit UNION ALL SELECT 'hour') AS units"
_POSTGRESQL_BEGAN = "date_trunc(unit, {row}started, 'UTC')"
# As SQLAlchemy stores times on SQLite.
_SQLITE_BEGAN = (
    "CASE unit WHEN 'day' THEN substr({row}started, 1, 10) || ' 00:00:00.000000' "
    "ELSE substr({row}started, 1, 13) || ':00:00.000000' END"
)
_ADDED = "SELECT 1 AS sign, n.* FROM new_rows AS n"
_REMOVED = "SELECT -1 AS sign, o.* FROM old_rows AS o"
_COUNTED = ("org", "started", "key", "kind", "model", "status", "reason", "audio_ms")
_TRANSITIONS = {
    "insert": "NEW TABLE AS new_rows",
    "update": "OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "delete": "OLD TABLE AS old_rows",
}


@attrs.frozen
class Rollup:
    """
    One table of sums.

    Args:
        doing: The name of PostgreSQL's function that keeps it.
        done: What the names of its triggers end with.
        has_tags: Whether sessions with different tags are in different rows. A list of tags may be
            too long for an index, so that PostgreSQL knows it by its digest.
    """

    table: str
    doing: str
    done: str
    has_tags: bool = False

    @property
    def triggers(self) -> tuple[str, ...]:
        return tuple(f"usage_records_{event}_{self.done}" for event in _EVENTS)

    def make(self, connection: sa.Connection) -> None:
        """Creates the triggers; on PostgreSQL also locks the ledger until the transaction ends."""
        for statement in self._sqlite() if _is_sqlite(connection) else self._postgresql():
            connection.exec_driver_sql(statement)

    def drop(self, connection: sa.Connection) -> None:
        on = "" if _is_sqlite(connection) else " ON usage_records"
        for trigger in self.triggers:
            connection.exec_driver_sql(f"DROP TRIGGER {trigger}{on}")
        if not _is_sqlite(connection):
            connection.exec_driver_sql(f"DROP FUNCTION {self.doing}()")

    def fill(self, connection: sa.Connection) -> None:
        """Computes all of it from the ledger."""
        connection.exec_driver_sql(f"DELETE FROM {self.table}")  # noqa: S608 (fixed names)
        connection.exec_driver_sql(f"{self._insert} {self.computed(connection)}")

    @property
    def _key(self) -> tuple[str, ...]:
        """The columns of the primary key, in its order."""
        tags = ("tags_id",) if self.has_tags else ()
        return (
            "org",
            "unit",
            "began",
            "key",
            "kind",
            "model",
            "status",
            "reason",
            "is_silent",
            *tags,
        )

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns but the sums."""
        return (*self._key, *(("tags",) if self.has_tags else ()))

    @property
    def _numbers(self) -> str:
        return ", ".join(str(number) for number in range(1, len(self.columns) + 1))

    @property
    def _insert(self) -> str:
        return f"INSERT INTO {self.table} ({', '.join(self.columns)}, sessions, audio_ms)"

    @property
    def _add(self) -> str:
        return f"""
            ON CONFLICT ({", ".join(self._key)}) DO UPDATE SET
              sessions = {self.table}.sessions + excluded.sessions,
              audio_ms = {self.table}.audio_ms + excluded.audio_ms
        """

    def _values(self, row: str, *, is_sqlite: bool) -> str:
        """What a ledger row has in `_columns`; *row* is its name with a dot."""
        began = _SQLITE_BEGAN if is_sqlite else _POSTGRESQL_BEGAN
        names = ", ".join(f"{row}{name}" for name in ("key", "kind", "model", "status", "reason"))
        values = f"{row}org, unit, {began.format(row=row)}, {names}, {row}audio_ms = 0"
        if not self.has_tags:
            return values
        if is_sqlite:
            return f"{values}, {row}tags, {row}tags"
        digest = f"encode(sha256(convert_to({row}tags::text, 'UTF8')), 'hex')"
        return f"{values}, {digest}, {row}tags::text"

    def computed(self, connection: sa.Connection) -> str:
        """A query of the rollup as the ledger has it."""
        values = self._values("r.", is_sqlite=_is_sqlite(connection))
        return f"""
            SELECT {values}, count(*) AS sessions, sum(r.audio_ms) AS audio_ms
            FROM usage_records AS r CROSS JOIN {_UNIT_ROWS}
            GROUP BY {self._numbers}
        """  # noqa: S608 (fixed names)

    def _rolled_up(self, rows: str) -> str:
        """PL/pgSQL that adds *rows*, a query of ledger rows with their sign, to the rollup."""
        return f"""
            {self._insert}
            SELECT {self._values("r.", is_sqlite=False)}, sum(sign), sum(sign * r.audio_ms)
            FROM ({rows}) AS r CROSS JOIN {_UNIT_ROWS}
            GROUP BY {self._numbers}
            HAVING sum(sign) <> 0 OR sum(sign * r.audio_ms) <> 0
            ORDER BY {self._numbers}
            {self._add};
        """  # noqa: S608 (fixed names)

    def _postgresql(self) -> list[str]:
        function = f"""
            CREATE FUNCTION {self.doing}() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
              IF TG_OP = 'INSERT' THEN
                {self._rolled_up(_ADDED)}
              ELSIF TG_OP = 'DELETE' THEN
                {self._rolled_up(_REMOVED)}
              ELSE
                {self._rolled_up(f"{_ADDED} UNION ALL {_REMOVED}")}
              END IF;
              RETURN NULL;
            END $$
        """
        return [
            function,
            *(
                f"CREATE TRIGGER {trigger} AFTER {event.upper()} ON usage_records REFERENCING "
                f"{_TRANSITIONS[event]} FOR EACH STATEMENT EXECUTE FUNCTION {self.doing}()"
                for event, trigger in zip(_EVENTS, self.triggers, strict=True)
            ),
        ]

    def _sqlite(self) -> list[str]:
        counted = (*_COUNTED, *(("tags",) if self.has_tags else ()))
        added, removed = self._added_row("NEW.", 1), self._added_row("OLD.", -1)
        work = {
            "insert": ("INSERT", added),
            "update": ("UPDATE OF " + ", ".join(f'"{name}"' for name in counted), removed + added),
            "delete": ("DELETE", removed),
        }
        return [
            f"CREATE TRIGGER {trigger} AFTER {when} ON usage_records BEGIN {statements} END"
            for trigger, (when, statements) in zip(self.triggers, work.values(), strict=True)
        ]

    def _added_row(self, row: str, sign: int) -> str:
        """A statement of a trigger of SQLite that adds one ledger row, or takes it away."""
        return f"""
            {self._insert}
            SELECT {self._values(row, is_sqlite=True)}, {sign}, {sign} * {row}audio_ms
            FROM {_UNIT_ROWS} WHERE true
            {self._add};
        """  # noqa: S608 (fixed names)


USAGE = Rollup("usage_rollup", "roll_usage_up", "rolled_up")
BY_TAGS = Rollup("usage_tag_rollup", "roll_usage_up_by_tags", "rolled_up_by_tags", has_tags=True)


def _is_sqlite(connection: sa.Connection) -> bool:
    return connection.dialect.name == "sqlite"
