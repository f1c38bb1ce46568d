"""
Logs: one JSON object a line on standard error; for a person at a terminal, readable lines.

Nothing that logs fails or waits because of it: see `line_writer`.
"""

import atexit
import logging

from typing import Any, TextIO, cast

import structlog

from entrypoints.http.line_writer import stderr_writer


# For the last lines, at the end of the process.
_DRAIN_SECONDS = 0.5


def configure_logs(level: str, *, readable: bool = False) -> None:
    """
    Args:
        level: debug, info, warning or error.
        readable: For people instead of machines.
    """
    writer = stderr_writer()
    renderer = (
        structlog.dev.ConsoleRenderer(
            colors=writer.isatty(),
            # The default shows local variables, and passwords and tokens among them.
            exception_formatter=structlog.dev.plain_traceback,
        )
        if readable
        else structlog.processors.JSONRenderer()
    )
    file = cast("TextIO", writer)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([] if readable else [_TRACEBACKS]),
            renderer,
        ],
        wrapper_class=_never_raising(_LEVELS[level]),
        logger_factory=structlog.WriteLoggerFactory(file),
    )
    logging.basicConfig(level=logging.ERROR, stream=file)
    logging.raiseExceptions = False  # it would tell standard error, and wait for it
    logging.getLogger("aiohttp.server").addFilter(_is_ours)
    atexit.register(finish_logs)


def finish_logs() -> None:
    """Waits a moment for what was logged last: before the process ends, or is frozen."""
    stderr_writer().drain(_DRAIN_SECONDS)


def _never_raising(level: int) -> type[Any]:
    """Structlog's logger of *level*; what cannot be put into words is a dropped line."""
    usual: type[Any] = structlog.make_filtering_bound_logger(level)

    class NeverRaising(usual):  # type: ignore[misc]
        def _proxy_to_logger(self, *args: Any, **facts: Any) -> Any:
            try:
                return super()._proxy_to_logger(*args, **facts)
            except Exception:  # noqa: BLE001 (whoever logs has something else to do)
                stderr_writer().drop(1)

    return NeverRaising


def _is_ours(record: logging.LogRecord) -> bool:
    """
    Whether an error of the HTTP server is about us.

    What is no HTTP is answered with 400 by the library; anybody could fill the log with it.
    """
    error = record.exc_info[1] if record.exc_info else None
    return type(error).__module__ != "aiohttp.http_exceptions"


# Without the values of variables: a key may be among them.
_TRACEBACKS = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False),
)
_LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}
