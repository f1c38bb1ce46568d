"""Why a database does not answer, in words that operators can act on."""

import sys

import sqlalchemy.exc as sa


# The SQLSTATE of a write to a node that takes none, or in a transaction that is read-only.
READ_ONLY = "25006"
# Of data, of NULL where there must be a value, and of a check.
_OF_VALUES = ("22", "23502", "23514")


def why(error: Exception) -> str:
    """
    The loggable text of *error*, without secrets and customers' data.

    Errors of connecting to PostgreSQL name hosts, roles and databases only. Errors of a statement
    may repeat values, so only the name of the error is used. SQLite names tables at most.
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


def is_of_values(error: BaseException | None) -> bool:
    """Whether *error* says that PostgreSQL can never take the values of a statement."""
    if not isinstance(error, sa.DBAPIError):
        return False
    cause = error.orig and (error.orig.__cause__ or error.orig)
    return (getattr(cause, "sqlstate", None) or "").startswith(_OF_VALUES)


def _words(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, OSError):
        return str(error)
    if _is_of_the_driver(error):
        return "the connection broke in the middle of an answer"  # the driver's text is useless
    # Only the first argument: details that PostgreSQL appends may hold values.
    return str(error.args[0]) if error.args else type(error).__name__


def _is_of_the_driver(error: BaseException) -> bool:
    # Not imported here: an installation with SQLite does not have asyncpg.
    asyncpg = sys.modules.get("asyncpg")
    return asyncpg is not None and isinstance(
        error, asyncpg.InterfaceError | asyncpg.InternalClientError
    )


def _is_of_the_server(error: BaseException) -> bool:
    """
    Whether the error is about the server (disk full, shutting down, lost),
    and so names no values.
    """
    if _is_of_the_driver(error):
        return True
    state = getattr(error, "sqlstate", None) or ""
    # https://www.postgresql.org/docs/current/errcodes-appendix.html
    return state[:2] in {"53", "57", "58"} or state == READ_ONLY
