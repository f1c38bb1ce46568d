"""What each plot shows."""

from typing import Any

from benchmarks.report.ink import COLOURS, counted
from benchmarks.report.table import median


def frames(axes: Any, found: dict[str, Any]) -> None:
    _bars(axes, found["sizes"])
    axes.set_title("CPU of the proxy for a live frame up and a result down", loc="left")
    axes.set_xlabel("frame, bytes")
    axes.set_ylabel("CPU each, µs")


def uploads(axes: Any, found: dict[str, Any]) -> None:
    _bars(axes, found["sizes"])
    axes.set_yscale("log")
    counted(axes.yaxis)
    axes.set_title("CPU of the proxy for a file up and its transcript down", loc="left")
    axes.set_xlabel("file, bytes")
    axes.set_ylabel("CPU each, µs (logarithmic)")


def _bars(axes: Any, sizes: dict[str, Any]) -> None:
    """Groups by size with a bar per target, and the least and the most of its rounds."""
    names = [name for name in next(iter(sizes.values())) if name != "direct"]
    width = 0.8 / max(1, len(names))
    for n, name in enumerate(names):
        costs = [targets[name] for targets in sizes.values()]
        middles = [median(cost) for cost in costs]
        reach = [
            [middle - min(cost["micros"]) for cost, middle in zip(costs, middles, strict=True)],
            [max(cost["micros"]) - middle for cost, middle in zip(costs, middles, strict=True)],
        ]
        places = [group + (n - (len(names) - 1) / 2) * width for group in range(len(sizes))]
        axes.bar(places, middles, width * 0.92, label=name, color=COLOURS[name])
        axes.errorbar(
            places, middles, reach, fmt="none", ecolor=axes.xaxis.label.get_color(), elinewidth=0.8
        )
    axes.set_xticks(range(len(sizes)), [f"{int(size):,}" for size in sizes])
    axes.grid(visible=False, axis="x")


def added(axes: Any, found: dict[str, Any]) -> None:
    """
    Added latency by number of streams. Values are drawn as at least a
    hundredth of a millisecond.
    """
    for name in ("nginx", "haproxy", "aldea"):
        for which, line in (("p50", ":"), ("p99", "-")):
            points = [
                (
                    int(streams),
                    max(0.01, row["targets"][name][which] - row["targets"]["direct"][which]),
                )
                for streams, row in found["streams"].items()
                if name in row["targets"]
            ]
            if points:
                label = f"{name}, {which}"
                _line(axes, points, label=label, color=COLOURS[name], linestyle=line)
    axes.axhline(20, color=COLOURS["direct"], linewidth=0.9, linestyle="--")
    axes.annotate("aim at 5,000: p99 of 20 ms", (1, 20), (0, 3), textcoords="offset points")
    _by_streams(axes)
    axes.set_yscale("log")
    counted(axes.yaxis)
    axes.set_title("Wait that the proxy adds to a frame's result, in real time", loc="left")
    axes.set_ylabel("added, ms (logarithmic)")


def share(axes: Any, found: dict[str, Any]) -> None:
    for name in ("nginx", "haproxy", "aldea"):
        points = [
            (int(streams), row["targets"][name]["share"] * 100)
            for streams, row in found["streams"].items()
            if name in row["targets"]
        ]
        if points:
            _line(axes, points, label=name, color=COLOURS[name])
    _by_streams(axes)
    axes.set_ylim(0, 100)
    axes.set_title("How much of one core streams in real time take", loc="left")
    axes.set_ylabel("of a core, %")


def flat(axes: Any, found: dict[str, Any]) -> None:
    """Memory over time with the largest number of streams."""
    streams, row = max(found["streams"].items(), key=lambda item: int(item[0]))
    for name, target in row["targets"].items():
        sizes = target["mib"]
        if name != "direct":
            step = target["seconds"] / max(1, len(sizes) - 1)
            axes.plot([n * step for n in range(len(sizes))], sizes, label=name, color=COLOURS[name])
    axes.set_ylim(bottom=0)
    axes.set_title(f"Memory while {int(streams):,} streams run in real time", loc="left")
    axes.set_xlabel("seconds since all were open")
    axes.set_ylabel("resident, MiB")


def growth(axes: Any, found: dict[str, Any]) -> None:
    for name in ("nginx", "aldea"):
        points = [
            (int(streams), targets[name])
            for streams, targets in found["frames"].items()
            if name in targets
        ]
        _banded(axes, points, name, name)
    _by_streams(axes)
    axes.set_ylim(bottom=0)
    axes.set_title("CPU of the proxy for a frame of 3,200 bytes, all streams busy", loc="left")
    axes.set_ylabel("CPU each, µs")


def keys(axes: Any, found: dict[str, Any]) -> None:
    for what, colour in (("handshake", "aldea"), ("upload", "haproxy")):
        points = [(int(keys), row[what]["aldea"]) for keys, row in found["keys"].items()]
        _banded(axes, points, f"{what}, each with another key", colour)
    axes.set_xscale("log")
    counted(axes.xaxis)
    axes.set_ylim(bottom=0)
    axes.set_title("CPU of Aldea to let one in, by the number of keys in Redis", loc="left")
    axes.set_xlabel("keys in Redis, ten an org (logarithmic)")
    axes.set_ylabel("CPU each, µs")


def _line(axes: Any, points: list[tuple[int, float]], **how: Any) -> None:
    axes.plot(*zip(*points, strict=True), marker="o", **how)


def _banded(axes: Any, points: list[tuple[int, dict[str, Any]]], label: str, colour: str) -> None:
    """A line with a band from the least to the most of the rounds."""
    if not points:
        return
    at = [place for place, _ in points]
    _line(
        axes,
        [(place, median(cost)) for place, cost in points],
        label=label,
        color=COLOURS[colour],
    )
    least = [min(cost["micros"]) for _, cost in points]
    most = [max(cost["micros"]) for _, cost in points]
    axes.fill_between(at, least, most, color=COLOURS[colour], alpha=0.2, linewidth=0)


def _by_streams(axes: Any) -> None:
    axes.set_xscale("log")
    counted(axes.xaxis)
    axes.set_xticks([1, 10, 64, 1000, 5000])
    axes.set_xlabel("streams at once (logarithmic)")
