"""Which triggers the schema must have."""

import sqlalchemy as sa

from adapters.postgres import usage_rollup


WATCHED = ("orgs", "org_limits", "api_keys", "subscriptions", "spending_caps")
_EVENTS = ("insert", "update", "delete")


def missing(connection: sa.Connection) -> list[str]:
    """The names of triggers that the schema requires and that do not exist."""
    is_sqlite = connection.dialect.name == "sqlite"
    query = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if is_sqlite
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"
    )
    there = set(connection.exec_driver_sql(query).scalars())
    wanted = [f"{table}_{event}_told" for table in WATCHED for event in _EVENTS]
    # On SQLite those of `orgs` raise its version too, and nothing is notified.
    wanted += [] if is_sqlite else ["orgs_version", "org_changes_told"]
    wanted += [
        "orgs_plans_kept",
        "plans_update_told",
        *(name for one in usage_rollup.ALL for name in one.triggers),
    ]
    return [name for name in wanted if name not in there]
