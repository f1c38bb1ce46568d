"""Interleaved rounds: every door has its turn in each, so that a noisy minute is everybody's."""

import time

from collections.abc import Callable, Iterable
from typing import Any

import attrs

from benchmarks.processes import Stuck
from benchmarks.targets import Target


@attrs.frozen
class Turn:
    """
    What one turn found.

    Attributes:
        spent: CPU seconds of the proxy.
        count: How many came through.
        failed: How many did not.
        waited: Milliseconds, by percentile, where they were taken.
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
    tell: Callable[[str], None],
) -> dict[str, dict[str, Any]]:
    """By door; a first round warms up and is not counted."""
    targets = list(targets)
    turns: dict[str, list[Turn]] = {target.name: [] for target in targets}
    for n in range(rounds + 1):
        for target in targets:
            tell(f"round {n} of {rounds}, {target.name}")
            turn = _with_another_try(measure, target)
            if n:
                turns[target.name].append(turn)
    return {name: cost(found) for name, found in turns.items()}


def _with_another_try(measure: Callable[[Target], Turn], target: Target) -> Turn:
    """A machine that stood still for a moment does not end a long run."""
    try:
        return measure(target)
    except Stuck:
        time.sleep(2)
        return measure(target)


def cost(turns: list[Turn]) -> dict[str, Any]:
    """As it is kept: microseconds of CPU for one and how many a second, turn by turn."""
    names = turns[0].waited if turns else {}
    return {
        "micros": [round(turn.spent / max(1, turn.count) * 1e6, 3) for turn in turns],
        "rate": [round(turn.count / turn.seconds, 1) for turn in turns],
        "failed": sum(turn.failed for turn in turns),
        **{name: [round(turn.waited[name], 3) for turn in turns] for name in names},
    }
