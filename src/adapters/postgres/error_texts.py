"""Why a database does not answer, in words that operators can act on."""

import sys

import sqlalchemy.exc as sa


def why(error: Exception) -> str:
    """
    What *error* says, as far as it can be told: neither secrets nor anybody's data.

    Whatever PostgreSQL says while it is connected to names hosts, roles and databases only. Of a
    statement that failed it may repeat values, so just the kind of failure is told. SQLite names
    tables at most.
    """
    match error:
        case sa.DBAPIError(orig=orig) if orig is not None:
            cause = orig.__cause__ or orig
            is_sqlite = type(cause).__module__ == "sqlite3"
            if is_sqlite or error.statement is None or _is_of_the_server(cause):
                return _words(cause)
            return type(cause).__name__
        case sa.TimeoutError() | OSError():
            return _words(error)
        case _:
            return type(error).__name__


def _words(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, OSError):
        return str(error)
    if _is_of_the_driver(error):
        return (
            "the connection broke in the middle of an answer"  # the driver's own words tell nothing
        )
    # Not all of its text: details that PostgreSQL adds may hold values.
    return str(error.args[0]) if error.args else type(error).__name__


def _is_of_the_driver(error: BaseException) -> bool:
    # Not imported here: whoever keeps its database in SQLite does without asyncpg.
    asyncpg = sys.modules.get("asyncpg")
    return asyncpg is not None and isinstance(
        error, asyncpg.InterfaceError | asyncpg.InternalClientError
    )


def _is_of_the_server(error: BaseException) -> bool:
    """Whether it is about the server (full, going down, lost), and so names nobody's data."""
    if _is_of_the_driver(error):
        return True
    state = getattr(error, "sqlstate", None) or ""
    # https://www.postgresql.org/docs/current/errcodes-appendix.html
    return state[:2] in {"53", "57", "58"} or state == "25006"
