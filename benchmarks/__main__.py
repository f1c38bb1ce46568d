"""`python -m benchmarks`: measures everything side by side and prints tables."""

from collections.abc import Callable

import click

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from benchmarks import measures
from benchmarks.doors import doors
from benchmarks.machine import described
from benchmarks.measures import Cost
from benchmarks.processes import Door


ALL = ("nginx", "haproxy", "aldea", "aldea, by message")
console = Console(highlight=False, width=None if Console().is_terminal else 120)


@click.command(
    epilog="\b\nExamples:\n  python -m benchmarks\n  python -m benchmarks --quick --only live",
)
@click.option("--quick", is_flag=True, help="Shorter rounds, fewer of them: a first impression.")
@click.option(
    "--only",
    type=click.Choice(["live", "uploads", "memory", "latency", "road"]),
    multiple=True,
    help="Some of it; may be repeated.",
)
def main(quick: bool, only: tuple[str, ...]) -> None:
    """
    Measure Aldea beside nginx and HAProxy, which pass the same traffic through unauthenticated.

    Each proxy has a core for itself; its CPU is read from /proc. Rounds are interleaved: every
    proxy has its turn in each. The engine behind them costs next to nothing.
    """
    parts = set(only) or {"live", "uploads", "memory", "latency", "road"}
    seconds, rounds = (1.0, 3) if quick else (4.0, 7)
    _show_machine()
    progress = Progress(
        SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=console
    )
    if "road" in parts:
        _show_road(progress, changes=20 if quick else 200)
    if parts == {"road"}:
        return
    with doors(set(ALL)) as open_, progress:
        missing = sorted(set(ALL) - {door.name for door in open_})
        for name in missing:
            console.print(f"[yellow]{name} is not installed here, and is left out.[/]")
        task = progress.add_task("")

        def tell(what: str) -> None:
            progress.update(task, description=what)

        # Memory first: what was freed once hides what is taken later.
        if "memory" in parts:
            _show_memory(open_, tell, many=300 if quick else 1000)
        if "live" in parts:
            for size in (640, 3200, 32_000):
                found = _costs(
                    open_,
                    lambda door, size=size: measures.frames(
                        door, streams=64, seconds=seconds, size=size
                    ),
                    rounds,
                    tell,
                    f"live frames of {size} bytes",
                )
                _show_costs(f"A live frame of {size:,} bytes up and a result down", found)
        if "uploads" in parts:
            for size in (3_200, 320_000):
                found = _costs(
                    open_,
                    lambda door, size=size: measures.files(
                        door, connections=16, seconds=seconds, size=size
                    ),
                    rounds,
                    tell,
                    f"uploads of {size} bytes",
                )
                _show_costs(f"An upload of {size:,} bytes and its answer", found)
        if "latency" in parts:
            _show_latency(open_, tell, seconds=3 if quick else 10)


def _costs(
    open_: list[Door],
    measure: Callable[[Door], tuple[float, float, int]],
    rounds: int,
    tell: Callable[[str], None],
    what: str,
) -> dict[str, Cost]:
    """Interleaved: every door has its turn in each round; the first round warms up."""
    seen: dict[str, list[tuple[float, float, int]]] = {door.name: [] for door in open_}
    for n in range(rounds + 1):
        for door in open_:
            tell(f"{what}: round {n} of {rounds}, {door.name}")
            found = measure(door)
            if n:
                seen[door.name].append(found)
    return {
        name: Cost(
            [spent / max(1, count) * 1e6 for spent, count, _ in found],
            [count for _, count, _ in found],
            sum(failed for _, _, failed in found),
        )
        for name, found in seen.items()
    }


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    table.add_column(columns[0])
    for column in columns[1:]:
        table.add_column(column, justify="right")
    return table


def _show_costs(title: str, found: dict[str, Cost]) -> None:
    table = _table(title, "through", "CPU each (µs)", "to nginx", "noise (±)", "failed")
    reference = found["nginx"].median if "nginx" in found else 0.0
    for name, cost in found.items():
        if name == "direct":
            continue
        ratio = f"{cost.median / reference:.2f}×" if reference else "–"
        table.add_row(name, f"{cost.median:.1f}", ratio, f"{cost.spread / 2:.0%}", str(cost.failed))
    console.print(table)
    console.print()


def _show_memory(open_: list[Door], tell: Callable[[str], None], *, many: int) -> None:
    table = _table(
        "One more idle live stream", "through", "memory (KiB)", "to nginx", "opening (µs CPU)"
    )
    few = many // 10
    found = {}
    for door in open_:
        if door.pids:
            tell(f"memory of {many} streams, {door.name}")
            measures.memory(door, few=few, many=few + 1)  # what is made once is made now
            found[door.name] = measures.memory(door, few=few, many=many)
    reference = found.get("nginx", (0.0, 0.0))[0]
    for name, (kib, micros) in found.items():
        ratio = f"{kib / reference:.2f}×" if reference else "–"
        table.add_row(name, f"{kib:.1f}", ratio, f"{micros:.0f}")
    console.print(table)
    console.print()


def _show_latency(open_: list[Door], tell: Callable[[str], None], *, seconds: float) -> None:
    table = _table(
        "64 live streams in real time: milliseconds from a frame to its result",
        "through",
        "p50",
        "p99",
        "p99.9",
        "p50 added",
        "p99 added",
        "lost",
    )
    base: dict[str, float] = {}
    for door in open_:
        tell(f"latency, {door.name}")
        found = measures.waiting(door, streams=64, seconds=seconds, size=3200)
        base = base or found
        table.add_row(
            door.name,
            *(f"{found[name]:.2f}" for name in ("p50", "p99", "p999")),
            *(f"{found[name] - base[name]:+.2f}" for name in ("p50", "p99")),
            str(found["lost"]),
        )
    console.print(table)
    console.print()


def _show_road(progress: Progress, *, changes: int) -> None:
    from benchmarks.road import measured

    with progress:
        task = progress.add_task("")
        found = measured(changes, lambda what: progress.update(task, description=what))
        progress.remove_task(task)
    table = _table(
        "From a change by the API to the gateways: milliseconds",
        "until",
        "changes",
        "p50",
        "p99",
        "most",
    )
    for name, count, *times in found.rows():
        table.add_row(name, str(count), *(f"{each:.0f}" for each in times))
    console.print(table)
    console.print()


def _show_machine() -> None:
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, value in described():
        table.add_row(f"[dim]{name}[/]", value)
    console.print(table)
    console.print()


if __name__ == "__main__":
    main()
