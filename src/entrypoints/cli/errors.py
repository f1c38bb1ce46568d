"""
How a command fails: in one line, with a status that is not zero.

Whatever is raised below ends here; what nobody foresaw is named, and `aldea --traceback` shows
where it came from.
"""

import errno
import sys

import click

from typing_extensions import override


class CommandError(click.ClickException):
    """It cannot be done, and this is why; the text is for the person at the terminal."""

    @override
    def show(self, file: object = None) -> None:
        click.echo(f"aldea: {self.format_message()}", err=True)


def as_one_line(error: Exception) -> Exception:
    """*error* in words, or as it is if it has its own way of ending a command."""
    while isinstance(error, ExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    match error:
        case click.ClickException() | click.Abort() | click.exceptions.Exit():
            return error
        case OSError(errno=errno.EPIPE):
            return error  # whoever read us has stopped, as `head` does; click ends it silently
        case _ if isinstance(error, _foreseen()):
            in_full: str = getattr(error, "in_full", "") or str(error)
            return CommandError(in_full.rstrip("."))
        case OSError() if error.strerror is not None:
            where = f"{error.filename}: " if error.filename else ""
            return CommandError(f"{where}{error.strerror.lower()}")
        case _:
            what = " ".join(f"{type(error).__name__}: {error}".split())
            return CommandError(f"unforeseen {what} (`aldea --traceback …` shows where)")


def _foreseen() -> tuple[type[Exception], ...]:
    """Errors with words for people. What was not loaded cannot have been raised."""
    names = (
        ("aldea_core.domain.errors", "AldeaError"),
        ("entrypoints.settings", "SettingsError"),
        ("entrypoints.http.server", "CannotListen"),
    )
    return tuple(getattr(sys.modules[name], kind) for name, kind in names if name in sys.modules)
