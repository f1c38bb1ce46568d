"""How costs grow: of a frame with the number of streams, of admission with keys and orgs."""

import contextlib

from pathlib import Path
from typing import Any

from benchmarks import measures
from benchmarks.bench import Bench, Opened
from benchmarks.rounds import Turn, interleaved
from benchmarks.store import KEYS_AN_ORG
from benchmarks.targets import Target


_BESIDE = {"nginx", "aldea"}
_CLIENTS = 8
_ROUNDS = 3
_DIFFERENT = 10_000


def measure(bench: Bench) -> dict[str, Any]:
    with bench.opened() as opened:
        frames = _frames(bench, opened)
    with bench.opened() as opened:
        return {"frames": frames, "keys": _keys(bench, opened)}


def _frames(bench: Bench, opened: Opened) -> dict[str, Any]:
    """All streams are busy, so that only their number varies."""
    found: dict[str, Any] = {str(streams): {} for streams in bench.plan.growing}
    targets = [target for target in opened.proxies if target.name in _BESIDE]
    for streams in bench.plan.growing:
        found[str(streams)] = interleaved(
            targets,
            min(_ROUNDS, bench.plan.rounds),
            lambda target, streams=streams: measures.frames(
                target, streams=streams, seconds=bench.plan.seconds, size=3200
            ),
            lambda what, streams=streams: bench.report(f"frames of {streams} streams: {what}"),
        )
    return found


def _keys(bench: Bench, opened: Opened) -> dict[str, Any]:
    """
    Measures admission while Redis is filled with more and more keys. nginx, which has no keys, is
    the reference.
    """
    found: dict[str, Any] = {}
    nginx = [target for target in opened.proxies if target.name == "nginx"]
    for keys in bench.plan.keys:
        opened.store.fill(
            keys,
            lambda done, keys=keys: (
                bench.report(f"filling Redis: {done} of {keys} keys") if not done % 10_000 else None
            ),
        )
        different = opened.store.some_keys(_DIFFERENT)
        found[str(keys)] = {
            "orgs": -(-keys // KEYS_AN_ORG),
            "different": min(keys, _DIFFERENT),
            "handshake": _of_both(bench, [*nginx, opened.aldea], different, _handshake, keys),
            "upload": _of_both(bench, [*nginx, opened.aldea], different, _upload, keys),
        }
        with contextlib.suppress(OSError):
            different.unlink()
    return found


def _of_both(bench: Bench, targets: list[Target], keys: Path, measure: Any, many: int) -> Any:
    what = measure.__name__.strip("_")
    return interleaved(
        targets,
        min(_ROUNDS, bench.plan.rounds),
        lambda target: measure(target, bench.plan.seconds, keys),
        lambda how: bench.report(f"{what} with {many} keys: {how}"),
    )


def _handshake(target: Target, seconds: float, keys: Path) -> Turn:
    return measures.handshakes(target, clients=_CLIENTS, seconds=seconds, keys=keys)


def _upload(target: Target, seconds: float, keys: Path) -> Turn:
    return measures.files(target, connections=_CLIENTS, seconds=seconds, size=3200, keys=keys)
