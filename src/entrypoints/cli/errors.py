"""
How commands fail: with one line and an exit status that says what kind of failure it is.

All exceptions end here. Of an unexpected one the type is shown; `aldea --traceback` shows its
traceback.
"""

import enum
import errno
import sys

from typing import Self

import click

from typing_extensions import override


class ExitStatus(enum.IntEnum):
    """Why the command ended. `aldea --help` and docs/cli.md show it."""

    meaning: str

    def __new__(cls, status: int, meaning: str) -> Self:
        member = int.__new__(cls, status)
        member._value_, member.meaning = status, meaning
        return member

    DONE = 0, "done"
    FAILED = 1, "refused, or failed"
    USAGE = 2, "the command line is wrong"  # click's own errors have it
    NOT_REACHABLE = 3, "the server cannot be reached"
    NOT_SIGNED_IN = 4, "not signed in, or the key is not valid"
    INTERRUPTED = 130, "interrupted"  # as shells say it: 128 + SIGINT


class CommandError(click.ClickException):
    """The command failed; the text is shown to the user."""

    exit_code = ExitStatus.FAILED

    @override
    def show(self, file: object = None) -> None:
        click.echo(f"aldea: {self.format_message()}", err=True)


class BackendRefused(CommandError):
    """The backend refuses what was asked."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class NotReachable(CommandError):
    """The server does not answer."""

    exit_code = ExitStatus.NOT_REACHABLE


class NotSignedIn(CommandError):
    """There are no credentials, or the server does not accept them."""

    exit_code = ExitStatus.NOT_SIGNED_IN


def as_one_line(error: Exception) -> Exception:
    """*error* as a one-line error; unchanged if click handles it."""
    while isinstance(error, ExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    match error:
        case click.ClickException() | click.Abort() | click.exceptions.Exit():
            return error
        case OSError(errno=errno.EPIPE):
            return error  # the reader of the output closed it, as `head` does; click ends silently
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
    """Exceptions whose texts are for users. Modules that were not imported cannot have raised any."""
    names = (
        ("aldea_core.domain.errors", "AldeaError"),
        ("entrypoints.settings", "SettingsError"),
        ("entrypoints.http.server", "CannotListen"),
    )
    return tuple(getattr(sys.modules[name], kind) for name, kind in names if name in sys.modules)
