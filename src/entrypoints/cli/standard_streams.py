"""Standard streams as they come: closed by the caller (`aldea … <&-`), or of few characters."""

import io
import os
import sys


def open_closed_streams() -> None:
    """
    Opens the null device in their place. Otherwise the next file or socket would get the number of
    one, and with it all that is written there.
    """
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        if getattr(sys, name) is None:
            # The lowest free number is the stream's, since those below it are open.
            assert os.open(os.devnull, os.O_RDWR) == number
            setattr(sys, name, os.fdopen(number, mode, closefd=False))


def escape_what_cannot_be_written() -> None:
    """Characters that the terminal's encoding lacks are shown as escapes, as control characters are."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
