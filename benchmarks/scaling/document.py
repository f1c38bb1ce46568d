"""Writes `docs/scaling.md` from the benchmark's results and a template with hand-written text."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from benchmarks.report.table import Table, number
from benchmarks.results import ROOT, Results
from benchmarks.scaling.model import Habits, Prices, StreamCost, Taken, taken
from benchmarks.scaling.storm import POLICIES, Storm, Weathered, weather


DOCUMENT = ROOT / "docs/scaling.md"
TEMPLATE = Path(__file__).with_name("scaling.md.jinja")
SIZES = (1_000, 100_000, 10_000_000)
_CELL = 100_000
_SEED = 7


def text(results: Results) -> str:
    cost, habits, prices = StreamCost.of(results), Habits(), Prices()
    sizes = [taken(streams, cost, habits, prices) for streams in SIZES]
    cell = taken(_CELL, cost, habits, prices)
    # The output is Markdown of Aldea's own numbers: nothing needs escaping.
    pages = Environment(
        loader=FileSystemLoader(TEMPLATE.parent),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    return pages.get_template(TEMPLATE.name).render(
        cost=cost,
        habits=habits,
        prices=prices,
        sizes=sizes,
        streams_a_task=int(habits.busy / cost.core),
        number=number,
        takes=markdown(_takes(sizes)),
        costs=markdown(_costs(sizes)),
        answered=_answered(cell, cost),
        storms=markdown(_storms(cell, cost)),
    )


def markdown(table: Table) -> str:
    rows = [table.columns, ("---", *("---:" for _ in table.columns[1:])), *table.rows]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows) + "\n"


def _takes(sizes: list[Taken]) -> Table:
    def row(name: str, *values: float) -> tuple[str, ...]:
        return (name, *(number(value) for value in values))

    return Table(
        "What streams take",
        ("concurrent streams", *(f"{size.streams:,}" for size in sizes)),
        [
            row("streams opened a second", *(size.openings for size in sizes)),
            row("gateways: cores at full load", *(size.cores for size in sizes)),
            row("gateways: tasks of 1 vCPU", *(size.tasks for size in sizes)),
            row("gateways: memory of streams, GB", *(size.memory_gb for size in sizes)),
            row("Redis: cores", *(size.redis_cores for size in sizes)),
            row("Redis: shards, each with a replica", *(size.shards for size in sizes)),
            row("Redis: memory of leases, GB", *(size.redis_gb for size in sizes)),
            row("audio in, Gbit/s", *(size.gigabits for size in sizes)),
            row("load balancer units", *(size.balancer_units for size in sizes)),
            row("usage records a day, millions", *(size.records / 1e6 for size in sizes)),
            row("PostgreSQL: GB a day", *(size.record_gb for size in sizes)),
            row("engines: GPUs (assumed)", *(size.gpus for size in sizes)),
        ],
    )


def _costs(sizes: list[Taken]) -> Table:
    rows = [(what, *(number(size.costs[what]) for size in sizes)) for what in sizes[0].costs]
    cents = ("cents for an hour of audio, without engines",)
    return Table(
        "Dollars an hour",
        ("dollars an hour", *(f"{size.streams:,}" for size in sizes)),
        [*rows, (*cents, *(number(size.cents_an_hour_of_audio) for size in sizes))],
    )


def _answered(cell: Taken, cost: StreamCost) -> float:
    """Attempts a second for which the zone that is left has spare CPU."""
    return (cell.tasks - cell.cores) / 2 / cost.handshake_seconds


def _storms(cell: Taken, cost: StreamCost) -> Table:
    lost, openings = cell.streams // 2, _answered(cell, cost)
    rows = []
    for name, wait in POLICIES.items():
        for room, added in ((1.0, 0.0), (0.5, 0.5)):
            storm = Storm(lost, openings, int(lost * room), added=int(lost * added))
            rows.append((name, f"{room:.0%}", *_cells(weather(storm, wait, seed=_SEED))))
    columns = ("clients try", "room", "half, s", "99 %, s", "attempts each", "most in a second")
    return Table("A zone is lost", columns, rows)


def _cells(found: Weathered) -> tuple[str, ...]:
    def seconds(value: float | None) -> str:
        return "never" if value is None else f"{value:,.1f}"

    return (
        seconds(found.half),
        seconds(found.most),
        f"{found.attempts:,.1f}",
        f"{found.peak:,.0f}",
    )
