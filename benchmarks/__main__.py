"""`python -m benchmarks`: measures Aldea beside other proxies, and reports the results."""

import sys
import time

import attrs
import click

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from benchmarks.bench import QUICK, Bench, Plan
from benchmarks.machine import allow_files, busy, described
from benchmarks.measures import between_cores
from benchmarks.parts import PARTS
from benchmarks.processes import end_on_sigterm
from benchmarks.report.document import write
from benchmarks.report.terminal import show
from benchmarks.results import Results


_LONG_SECONDS = 300.0
console = Console(highlight=False, width=None if Console().is_terminal else 120)


@click.command(
    epilog="\b\nExamples:\n  python -m benchmarks --quick --only live\n"
    "  python -m benchmarks --write --only realtime --long",
)
@click.option("--quick", is_flag=True, help="A first impression, in some minutes; never written.")
@click.option(
    "--only", type=click.Choice(list(PARTS)), multiple=True, help="Some of it; may be repeated."
)
@click.option("--long", is_flag=True, help="5,000 streams through Aldea for five minutes.")
@click.option("--litellm", is_flag=True, help="Install LiteLLM's proxy (large), and measure it.")
@click.option("--write", "to_write", is_flag=True, help="Renew docs/performance.md.")
@click.option("--report", is_flag=True, help="Measure nothing: show, or write, what is kept.")
def main(
    quick: bool, only: tuple[str, ...], long: bool, litellm: bool, to_write: bool, report: bool
) -> None:
    """
    Measure Aldea beside nginx and HAProxy, which pass the same traffic through unauthenticated.

    Each proxy has a core for itself; its CPU is read from /proc. Rounds are interleaved: every
    proxy has its turn in each. The engine behind them costs next to nothing.
    """
    end_on_sigterm()
    kept = Results.kept()
    to_write = to_write and not quick
    failed = False
    if report:
        show(kept, console)
    else:
        plan = QUICK if quick else Plan()
        plan = attrs.evolve(plan, long=_LONG_SECONDS if long and not quick else None)
        wanted = [name for name in PARTS if name in only or (not only and name != "litellm")]
        if litellm and "litellm" not in wanted:
            wanted.append("litellm")
        failed = _measure(kept, plan, wanted, quick=quick, to_write=to_write)
        if "litellm" not in wanted:
            console.print("LiteLLM is left out; --litellm installs and measures it.")
    if to_write:
        for path in write(kept):
            console.print(f"written: {path}")
    sys.exit(failed)


def _measure(kept: Results, plan: Plan, wanted: list[str], *, quick: bool, to_write: bool) -> bool:
    """
    Measures the *wanted* parts; each is shown, and kept, once it is done. Returns whether one
    failed.
    """
    allow_files()
    machine, failed = described(), False
    progress = Progress(
        SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=console
    )
    with progress:
        task = progress.add_task("")
        for n, name in enumerate(wanted, 1):
            before, between = busy(), between_cores()
            began = time.monotonic()

            def report(what: str, n: int = n) -> None:
                progress.update(task, description=f"{n}/{len(wanted)} {what}")

            try:
                found = PARTS[name](Bench(plan, report))
            except Exception as error:
                console.print(f"[red]{name} failed: {error}[/]")
                failed = True
                continue
            kept.note(
                name,
                found,
                machine=machine,
                busy=before,
                between=between,
                seconds=time.monotonic() - began,
                quick=quick,
            )
            show(Results({name: kept.parts[name]}), console)
            if to_write:
                kept.keep()
        progress.remove_task(task)
    return failed


if __name__ == "__main__":
    main()
