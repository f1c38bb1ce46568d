"""
Triggers that raise an org's version and fill the outbox, on PostgreSQL and on SQLite.

Every change of an org therefore reaches the gateways, also one made at a SQL prompt. On PostgreSQL
a change also sends `NOTIFY org_changes`, which wakes the relay of the outbox.

A table with data of orgs has a column `org`. Its migration calls `watch` after creating the table
and `unwatch` before dropping it. The table is named in `triggers.WATCHED`, so that `aldea migrate
--check` reports missing triggers.

A table that many orgs share (a plan) needs a trigger of its own. On PostgreSQL it calls
`touch_orgs(ids text[])`; on SQLite it runs `UPDATE orgs SET version = version + 1 WHERE id IN (…)`.

SQLite drops a table's triggers when Alembic's batch mode copies the table: call `unwatch` before
and `watch` after, or `unwatch_orgs` and `watch_orgs`.

This module is history, as the migrations that call it are: it is never changed. A migration that
makes other triggers has a module of its own.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op


def make_functions() -> None:
    """Creates the functions that triggers call. SQLite has no functions."""
    if _is_sqlite():
        return
    for function in (_RAISE_VERSION, _ANNOUNCE, _NOTIFY, _TOUCH, _TOUCH_OF_ROWS):
        _do(function)
    _do(
        "CREATE TRIGGER org_changes_told AFTER INSERT ON org_changes "
        "FOR EACH STATEMENT EXECUTE FUNCTION notify_org_changes()",
    )


def drop_functions() -> None:
    if _is_sqlite():
        return
    _do("DROP TRIGGER org_changes_told ON org_changes")
    for function in ("raise_org_version()", "announce_orgs()", "notify_org_changes()"):
        _do(f"DROP FUNCTION {function}")
    _do("DROP FUNCTION touch_orgs_of_rows()")
    _do("DROP FUNCTION touch_orgs(text[])")


def watch_orgs() -> None:
    if _is_sqlite():
        for statement in _SQLITE_ORGS:
            _do(statement)
        return
    _do(
        "CREATE TRIGGER orgs_version BEFORE INSERT OR UPDATE ON orgs "
        "FOR EACH ROW EXECUTE FUNCTION raise_org_version()",
    )
    _on_every_event("orgs", "announce_orgs()")


def unwatch_orgs() -> None:
    if not _is_sqlite():
        _do("DROP TRIGGER orgs_version ON orgs")
    _drop_all("orgs")


def watch(table: str, *, ignoring: Sequence[str] = ()) -> None:
    """
    Makes every change of a row of *table* a change of the org in its column `org`.

    Args:
        ignoring: Columns that gateways do not need; their changes are ignored.
    """
    if not _is_sqlite():
        ignored = ", ".join(f"'{column}'" for column in ignoring)
        _on_every_event(table, f"touch_orgs_of_rows({ignored})")
        return
    columns = [column["name"] for column in sa.inspect(op.get_bind()).get_columns(table)]
    of = ", ".join(f'"{column}"' for column in columns if column not in ignoring)
    for event, when, ids in (
        ("insert", "INSERT", "NEW.org"),
        ("update", f"UPDATE OF {of}", "OLD.org, NEW.org"),
        ("delete", "DELETE", "OLD.org"),
    ):
        touch = f"UPDATE orgs SET version = version + 1 WHERE id IN ({ids})"  # noqa: S608 (fixed names)
        _do(f"CREATE TRIGGER {table}_{event}_told AFTER {when} ON {table} BEGIN {touch}; END")


def unwatch(table: str) -> None:
    _drop_all(table)


# Transition tables by event: a trigger with a transition table serves one event.
_EVENTS = {
    "insert": "REFERENCING NEW TABLE AS new_rows",
    "update": "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "delete": "REFERENCING OLD TABLE AS old_rows",
}


def _on_every_event(table: str, function: str) -> None:
    for event, rows in _EVENTS.items():
        _do(
            f"CREATE TRIGGER {table}_{event}_told AFTER {event.upper()} ON {table} {rows} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {function}",
        )


def _drop_all(table: str) -> None:
    on = "" if _is_sqlite() else f" ON {table}"
    for event in _EVENTS:
        _do(f"DROP TRIGGER {table}_{event}_told{on}")


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _do(statement: str) -> None:
    op.get_bind().exec_driver_sql(statement)


# An org that is created again continues above the version of its tombstone. Rows are compared as
# JSON, since columns of JSON have no equality operator.
_RAISE_VERSION = """
CREATE FUNCTION raise_org_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    NEW.version := 1 + greatest(
      NEW.version, (SELECT version FROM gone_orgs WHERE org = NEW.id), 0);
    DELETE FROM gone_orgs WHERE org = NEW.id;
  ELSIF to_jsonb(NEW) <> to_jsonb(OLD) THEN
    NEW.version := greatest(NEW.version, OLD.version + 1);
  END IF;
  RETURN NEW;
END $$
"""

_ANNOUNCE = """
CREATE FUNCTION announce_orgs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO org_changes (org) SELECT id FROM new_rows;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO gone_orgs (org, version) SELECT id, version + 1 FROM old_rows
      ON CONFLICT (org) DO UPDATE SET version = greatest(gone_orgs.version, excluded.version);
    INSERT INTO org_changes (org) SELECT id FROM old_rows;
  ELSE
    INSERT INTO org_changes (org)
      SELECT id FROM (SELECT id, version FROM new_rows EXCEPT SELECT id, version FROM old_rows)
      AS raised;
  END IF;
  RETURN NULL;
END $$
"""

# PostgreSQL merges equal notifications of one transaction.
_NOTIFY = """
CREATE FUNCTION notify_org_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('org_changes', '');
  RETURN NULL;
END $$
"""

# Locked in the order of ids, so that two transactions that touch many orgs do not deadlock.
_TOUCH = """
CREATE FUNCTION touch_orgs(ids text[]) RETURNS void LANGUAGE sql AS $$
  WITH held AS (SELECT id FROM orgs WHERE id = ANY (ids) ORDER BY id FOR NO KEY UPDATE)
  UPDATE orgs SET version = orgs.version + 1 FROM held WHERE orgs.id = held.id
$$
"""

_TOUCH_OF_ROWS = """
CREATE FUNCTION touch_orgs_of_rows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  ignored text[] := coalesce(TG_ARGV, '{}');
BEGIN
  IF TG_OP = 'INSERT' THEN
    PERFORM touch_orgs(ARRAY(SELECT DISTINCT org::text FROM new_rows));
  ELSIF TG_OP = 'DELETE' THEN
    PERFORM touch_orgs(ARRAY(SELECT DISTINCT org::text FROM old_rows));
  ELSE
    PERFORM touch_orgs(ARRAY(
      SELECT DISTINCT org::text FROM (
        (SELECT org, to_jsonb(o) - ignored FROM old_rows o
           EXCEPT SELECT org, to_jsonb(n) - ignored FROM new_rows n)
        UNION ALL
        (SELECT org, to_jsonb(n) - ignored FROM new_rows n
           EXCEPT SELECT org, to_jsonb(o) - ignored FROM old_rows o)
      ) AS changed));
  END IF;
  RETURN NULL;
END $$
"""

# SQLite's triggers do not fire recursively, so their own writes to orgs do not fill the outbox
# twice.
_SQLITE_ORGS = (
    """
    CREATE TRIGGER orgs_insert_told AFTER INSERT ON orgs BEGIN
      UPDATE orgs SET version = 1 + max(
        NEW.version, coalesce((SELECT version FROM gone_orgs WHERE org = NEW.id), 0))
        WHERE id = NEW.id;
      DELETE FROM gone_orgs WHERE org = NEW.id;
    END
    """,
    """
    CREATE TRIGGER orgs_update_told AFTER UPDATE ON orgs BEGIN
      UPDATE orgs SET version = max(NEW.version, OLD.version + 1) WHERE id = NEW.id;
      INSERT INTO org_changes (org) VALUES (NEW.id);
    END
    """,
    """
    CREATE TRIGGER orgs_delete_told AFTER DELETE ON orgs BEGIN
      INSERT INTO gone_orgs (org, version) VALUES (OLD.id, OLD.version + 1)
        ON CONFLICT (org) DO UPDATE SET version = max(version, excluded.version);
      INSERT INTO org_changes (org) VALUES (OLD.id);
    END
    """,
)
