"""
Shows the states of the parts: a live table on a terminal, a line for each change elsewhere.

The table is shown while everything starts, and while everything stops. In between, changes are
shown as lines among the parts' own log lines.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from entrypoints.devstack.log_lines import LogLines
from entrypoints.devstack.parts import SupervisedPart
from entrypoints.devstack.supervisor import PartState


_MARKS = {
    PartState.WAITING: ("·", "dim"),
    PartState.READY: ("✓", "green"),
    PartState.FAILED: ("✗", "red"),
    PartState.ENDED: ("✗", "yellow"),
    PartState.STOPPED: ("✓", "dim"),
}

_SHORTEST_NOTE = 8


class Progress:
    def __init__(self, console: Console) -> None:
        self._console = console
        self._lines = LogLines(console, ())
        self._rows: dict[str, tuple[PartState, str, str]] = {}
        self._spinner = Spinner("dots", style="cyan")
        self._live: Live | None = None

    def expect(self, names: Sequence[str]) -> None:
        """Sets the names of all parts, in the order in which they are shown."""
        self._lines = LogLines(self._console, names)
        self._rows = dict.fromkeys(names, (PartState.WAITING, "", ""))

    def say(self, name: str, line: str) -> None:
        """Shows a line that the part *name* wrote."""
        self._lines.say(name, line)

    def report(self, part: SupervisedPart, state: PartState, note: str) -> None:
        self._rows[part.name] = (state, note, part.address)
        if self._live is not None:
            self._live.update(self._table())
        elif state is not PartState.STOPPING:
            place = part.address if state is PartState.READY else ""
            self._lines.say(part.name, " ".join(filter(None, (state.value, note, place))))

    @contextmanager
    def shown(self, *, leave: bool) -> Iterator[None]:
        """
        Shows the table, on a terminal.

        Args:
            leave: Whether the table stays on the screen afterwards.
        """
        if not self._console.is_terminal or self._console.is_dumb_terminal:
            yield
            return
        with Live(self._table(), console=self._console, transient=not leave) as live:
            self._live = live
            try:
                yield
            finally:
                self._live = None
                live.update(self._table())

    def _table(self) -> Table:
        names = max(map(len, self._rows), default=0)
        addresses = max((len(address) for _, _, address in self._rows.values()), default=0)
        # Only the notes' column shrinks; rich would shrink all columns.
        notes = max(_SHORTEST_NOTE, self._console.width - names - addresses - 7)
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(width=1)
        table.add_column(width=names)
        table.add_column(max_width=notes, overflow="ellipsis", no_wrap=True)
        table.add_column(width=addresses, style="dim")
        for name, (state, note, address) in self._rows.items():
            mark = _MARKS.get(state)
            shown = self._spinner if mark is None else Text(*mark)
            table.add_row(shown, name, Text(f"{state.value} {note}".strip()), address)
        return table
