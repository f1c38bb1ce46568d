"""Interleaved rounds: every target has a turn in each round, so that noise affects all of them."""

import time

from collections.abc import Callable, Iterable
from typing import Any

import attrs

from benchmarks.processes import Stuck
from benchmarks.targets import Target


@attrs.frozen
class Turn:
    """
    The results of one turn.

    Attributes:
        spent: CPU seconds of the proxy.
        count: Successful units.
        failed: Failed units.
        waited: Milliseconds by percentile, if latencies were measured.
    """

    spent: float
    count: int
    seconds: float
    failed: int = 0
    waited: dict[str, float] = attrs.field(factory=dict)


def interleaved(
    targets: Iterable[Target],
    rounds: int,
    measure: Callable[[Target], Turn],
    report: Callable[[str], None],
) -> dict[str, dict[str, Any]]:
    """Costs by target. A first round warms up and is not counted."""
    targets = list(targets)
    turns: dict[str, list[Turn]] = {target.name: [] for target in targets}
    for n in range(rounds + 1):
        for target in targets:
            report(f"round {n} of {rounds}, {target.name}")
            turn = _with_another_try(measure, target)
            if n:
                turns[target.name].append(turn)
    return {name: cost(found) for name, found in turns.items()}


def _with_another_try(measure: Callable[[Target], Turn], target: Target) -> Turn:
    """
    Repeats a turn that got stuck, so that a short stall of the machine does
    not end a long run.
    """
    try:
        return measure(target)
    except Stuck:
        time.sleep(2)
        return measure(target)


def cost(turns: list[Turn]) -> dict[str, Any]:
    """Results to be kept, a value per turn: microseconds of CPU per unit, and units per second."""
    names = turns[0].waited if turns else {}
    return {
        "micros": [round(turn.spent / max(1, turn.count) * 1e6, 3) for turn in turns],
        "rate": [round(turn.count / turn.seconds, 1) for turn in turns],
        "failed": sum(turn.failed for turn in turns),
        **{name: [round(turn.waited[name], 3) for turn in turns] for name in names},
    }
