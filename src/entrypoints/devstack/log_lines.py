"""
The log lines of all parts in one stream: each with its part's name, JSON made readable for people.

A service's JSON is time, level, event and fields; any other line is shown unchanged.
"""

import json

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.text import Text


_COLOURS = ("cyan", "magenta", "green", "blue", "bright_cyan", "bright_magenta", "bright_green")
_LEVELS = {"warning": "yellow", "error": "red", "critical": "bold red", "debug": "dim"}
_OF_THE_LINE = {"timestamp", "level", "event", "exception"}


class LogLines:
    """
    Args:
        names: Names of all parts.
    """

    def __init__(self, console: Console, names: Iterable[str]) -> None:
        self._console = console
        self._colours = {name: _COLOURS[n % len(_COLOURS)] for n, name in enumerate(names)}
        self._width = max(map(len, self._colours), default=0)

    def say(self, name: str, line: str) -> None:
        """Shows *line*, which is from or about the part *name*."""
        shown = Text(f"{name:{self._width}} ", style=self._colours.get(name, ""))
        shown.append_text(readable(line))
        self._console.print(shown, soft_wrap=True)


def readable(line: str) -> Text:
    said = _parsed(line)
    if said is None:
        return Text(line)
    text = Text()
    if (time := _time(said.get("timestamp"))) is not None:
        text.append(f"{time} ", style="dim")
    level = str(said.get("level", "info"))
    if level != "info":
        text.append(f"{level} ", style=_LEVELS.get(level, ""))
    text.append(str(said["event"]))
    for name, value in said.items():
        if name not in _OF_THE_LINE:
            text.append(f" {name}=", style="dim")
            text.append(_shown(value))
    for cause in _causes(said.get("exception")):
        text.append(f"\n    {cause}", style="red")
    return text


def _parsed(line: str) -> dict[str, Any] | None:
    if not line.startswith("{"):
        return None
    try:
        said = json.loads(line)
    except ValueError:
        return None
    return said if isinstance(said, dict) and "event" in said else None


def _time(stamp: Any) -> str | None:
    """The time of day in the local zone."""
    try:
        return f"{datetime.fromisoformat(stamp).astimezone():%H:%M:%S}"
    except (TypeError, ValueError):
        return None


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return json.dumps(text) if " " in text or not text else text


def _causes(exception: Any) -> Iterable[str]:
    """The type, text and place of an exception and its causes, from structlog's description."""
    if not isinstance(exception, list):
        return
    for cause in exception:
        where = ""
        if frames := cause.get("frames"):
            last = frames[-1]
            where = f" ({last.get('filename')}:{last.get('lineno')}, in {last.get('name')})"
        yield f"{cause.get('exc_type')}: {cause.get('exc_value')}{where}"
