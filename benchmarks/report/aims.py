"""Aldea's performance aims, beside the results."""

from collections.abc import Callable, Iterator
from typing import Any

import attrs

from benchmarks.report.table import median, noise, number
from benchmarks.report.tables import settled
from benchmarks.results import Results
from benchmarks.targets import BARE


@attrs.frozen
class Aim:
    """
    Attributes:
        key: The name under which the document's template has remarks about the aim.
        met: None if it was not measured.
    """

    key: str
    what: str
    measured: str
    met: bool | None


def aims(results: Results) -> list[Aim]:
    return [aim for part, judge in _JUDGES for aim in judge(results.found(part))]


def _ratio(
    key: str, what: str, targets: dict[str, Any] | None, most: float, to: str = "nginx"
) -> Aim:
    if targets is None or to not in targets or "aldea" not in targets:
        return Aim(key, what, "not measured", None)
    own, reference = median(targets["aldea"]), median(targets[to])
    measured = f"{own / reference:.2f}× ({number(own)} to {number(reference)} µs)"
    return Aim(key, what, measured, own / reference <= most)


def _live(found: dict[str, Any] | None) -> Iterator[Aim]:
    targets = found["sizes"]["3200"] if found else None
    yield _ratio(
        "frame", "A frame of 3,200 bytes: at most 1.1× nginx's CPU, everything on", targets, 1.1
    )


def _memory(found: dict[str, Any] | None) -> Iterator[Aim]:
    what = "A live stream: at most 24 KiB besides kept audio"
    if found is None:
        yield Aim("memory", what, "not measured", None)
        return
    kib = found["quiet"]["aldea"]["kib"]
    yield Aim("memory", what, f"{kib:.1f} KiB", kib <= 24)


def _realtime(found: dict[str, Any] | None) -> Iterator[Aim]:
    row = (found or {"streams": {}})["streams"].get("5000")
    if row is None:
        yield Aim("realtime", "5,000 streams in real time", "not measured", None)
        return
    own, base = row["targets"]["aldea"], row["targets"]["direct"]
    added = own["p99"] - base["p99"]
    yield Aim(
        "realtime",
        "5,000 streams in real time on one core: p99 at most 20 ms more",
        f"{added:+.1f} ms, {own['share']:.0%} of the core",
        added <= 20,
    )
    lost = own["lost"] + own["closed"]
    yield Aim(
        "lost",
        "None of them dropped, no frame lost, over five minutes",
        f"{own['lost']:,} of {own['sent']:,} frames, {own['closed']} streams, in {own['seconds']:.0f} s",
        lost == 0 if own["seconds"] >= 299 or lost else None,
    )
    sizes = settled(own)
    yield Aim(
        "flat",
        "Flat memory meanwhile (within 5 %)",
        f"{sizes[0]:,.0f} MiB, then {sizes[-1]:,.0f} MiB",
        sizes[-1] <= sizes[0] * 1.05,
    )


def _handshakes(found: dict[str, Any] | None) -> Iterator[Aim]:
    yield _ratio(
        "handshake",
        "A handshake and its close: at most 3× nginx's bare one",
        found and found["targets"],
        3,
    )
    what = "One round trip to Redis for a handshake"
    if found is None:
        yield Aim("trips", what, "not measured", None)
        return
    trips = found["commands"]["opening"].get("evalsha", 0)
    yield Aim("trips", what, f"{trips:.2f}", round(trips, 1) <= 1.1)


def _uploads(found: dict[str, Any] | None) -> Iterator[Aim]:
    for size in ("3200", "320000", "32000000"):
        targets = found["sizes"].get(size) if found else None
        what = f"An upload of {int(size):,} bytes: at most 3× nginx, better 2×"
        yield _ratio(f"upload {size}", f"{what}, which keeps its connections", targets, 3)
        yield _ratio(f"bare {size}", f"{what}, as it comes", targets, 3, to=BARE)


def _litellm(found: dict[str, Any] | None) -> Iterator[Aim]:
    for size in ("3200", "320000"):
        targets = found["sizes"][size] if found else None
        what = f"An upload of {int(size):,} bytes: at least 20× below LiteLLM"
        if targets is None:
            yield Aim("litellm", what, "not measured", None)
            continue
        times = median(targets["litellm"]) / median(targets["aldea"])
        yield Aim("litellm", what, f"{times:.0f}× below", times >= 20)


def _growth(found: dict[str, Any] | None) -> Iterator[Aim]:
    what = "A frame costs the same however many streams there are, within noise"
    if found is None:
        yield Aim("growth", what, "not measured", None)
        return
    yield _same("growth", what, [(n, targets["aldea"]) for n, targets in found["frames"].items()])
    for kind in ("handshake", "upload"):
        yield _same(
            "keys",
            f"The {kind} costs the same however many keys and orgs there are, within noise",
            [(n, row[kind]["aldea"]) for n, row in found["keys"].items()],
        )


def _same(key: str, what: str, costs: list[tuple[str, dict[str, Any]]]) -> Aim:
    """
    Compares the cost of the largest number with the least cost. Allowed is the noise of the
    noisiest one, and at least a tenth: a single stream costs more, because no work is shared.
    """
    first, least = min(costs, key=lambda each: median(each[1]))
    last, most = costs[-1]
    moved = median(most) / median(least) - 1
    bound = max(0.1, *(2 * noise(cost) for _, cost in costs))
    measured = (
        f"{number(median(least))} µs with {int(first):,}, {number(median(most))} µs with "
        f"{int(last):,} ({moved:+.0%}; noise ± {bound / 2:.0%})"
    )
    return Aim(key, what, measured, moved <= bound)


def _startup(found: dict[str, Any] | None) -> Iterator[Aim]:
    for name, what, most in (
        ("help", "`aldea --help` in less than 150 ms", 0.15),
        ("ws-proxy", "A gateway is ready in less than 1 s", 1.0),
    ):
        if found is None:
            yield Aim("startup", what, "not measured", None)
            continue
        took = median(found[name], "seconds")
        yield Aim("startup", what, f"{took * 1000:,.0f} ms", took < most)


def _idle(found: dict[str, Any] | None) -> Iterator[Aim]:
    what = "5,000 open streams that say nothing: next to no CPU (under 10 % of a core)"
    if found is None:
        yield Aim("idle", what, "not measured", None)
        return
    row = found["targets"]["aldea"]
    yield Aim("idle", what, f"{row['share']:.1%} with {found['streams']:,}", row["share"] < 0.1)


def _flood(found: dict[str, Any] | None) -> Iterator[Aim]:
    what = "Another client's p99 while one connection floods: at most 20 ms more"
    if found is None:
        yield Aim("flood", what, "not measured", None)
        return
    quiet, *flooded = found["floods"].values()
    added = max(row["p99"] for row in flooded) - quiet["p99"]
    yield Aim("flood", what, f"{added:+.1f} ms", added <= 20)


def _recognition(found: dict[str, Any] | None) -> Iterator[Aim]:
    file = "A file: no slower than faster-whisper alone, with the same weights"
    late = "Four live streams: every final result at most 1.2 s after its last word"
    if found is None:
        yield Aim("recognition", file, "not measured", None)
        yield Aim("recognition", late, "not measured", None)
        return
    row = next(iter(found["files"].values()))
    times = median(row, "aldea") / median(row, "alone")
    yield Aim("recognition", file, f"{times:.2f}×", times <= 1.0)
    four = found["streams"].get("4")
    if four is None or four["final_max"] is None:
        yield Aim("recognition", late, "not measured", None)
    else:
        yield Aim("recognition", late, f"{four['final_max']:.2f} s", four["final_max"] <= 1.2)


_JUDGES: list[tuple[str, Callable[[dict[str, Any] | None], Iterator[Aim]]]] = [
    ("live", _live),
    ("memory", _memory),
    ("realtime", _realtime),
    ("handshakes", _handshakes),
    ("uploads", _uploads),
    ("litellm", _litellm),
    ("growth", _growth),
    ("startup", _startup),
    ("recognition", _recognition),
    ("idle", _idle),
    ("flood", _flood),
]
