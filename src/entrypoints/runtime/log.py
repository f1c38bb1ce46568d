"""
Logs: one JSON object a line on standard error; readable lines for a terminal.

Logging never fails and never blocks: see `line_writer`. Nothing is redacted from lines, since no
secret, audio or transcript gets into one: fields that hold them are `repr=False`, texts of errors
are written without them, and tracebacks are made without local variables.
"""

import atexit
import logging
import sys

from typing import Any, TextIO, cast

import structlog

from entrypoints.runtime.line_writer import stderr_writer


# How long the end of the process waits for the last lines.
_DRAIN_SECONDS = 0.5


def configure_logs(level: str, *, readable: bool = False) -> None:
    """
    Args:
        level: debug, info, warning or error.
        readable: Lines for people instead of JSON.
    """
    writer = stderr_writer()
    renderer = (
        _for_people(colors=writer.isatty()) if readable else structlog.processors.JSONRenderer()
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
    logging.raiseExceptions = False  # it writes to standard error, and blocks
    logging.getLogger("aiohttp.server").addFilter(_is_ours)
    atexit.register(finish_logs)


def keep_values_out_of_tracebacks() -> None:
    """
    For applications that embed Aldea and have not configured structlog, whose default shows the
    values of local variables. What an application has configured itself stays as it is.
    """
    if not structlog.is_configured():
        *before, _ = structlog.get_config()["processors"]
        structlog.configure(processors=[*before, _for_people(colors=sys.stdout.isatty())])


def bound_logger() -> Any:
    """
    A logger for lines that each request writes. A module's is bound anew for each line, also for
    one that its level leaves out, which costs 3 % of a small upload.

    To be called once logs are configured, which it does not follow later.
    """
    return structlog.get_logger().bind()


def finish_logs() -> None:
    """Waits a moment for the last lines: before the process ends, or is frozen."""
    stderr_writer().drain(_DRAIN_SECONDS)


def _never_raising(level: int) -> type[Any]:
    """Structlog's logger of *level*; a line that cannot be rendered is dropped."""
    usual: type[Any] = structlog.make_filtering_bound_logger(level)

    class NeverRaising(usual):  # type: ignore[misc]
        def _proxy_to_logger(self, *args: Any, **facts: Any) -> Any:
            try:
                return super()._proxy_to_logger(*args, **facts)
            except Exception:  # noqa: BLE001 (logging must not fail its caller)
                stderr_writer().drop(1)

    return NeverRaising


def _is_ours(record: logging.LogRecord) -> bool:
    """
    Whether an error of the HTTP server is a fault of the service.

    The library answers malformed HTTP with 400; if that were logged, any client could fill the log.
    """
    error = record.exc_info[1] if record.exc_info else None
    return type(error).__module__ != "aiohttp.http_exceptions"


def _for_people(*, colors: bool) -> structlog.dev.ConsoleRenderer:
    # The default formatter shows local variables, and passwords and tokens among them.
    return structlog.dev.ConsoleRenderer(
        colors=colors, exception_formatter=structlog.dev.plain_traceback
    )


# No values of local variables: a key may be among them.
_TRACEBACKS = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False),
)
_LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}
