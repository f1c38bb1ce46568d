"""The tables of how costs grow."""

from typing import Any

from benchmarks.report.table import Table, median, noise, number, ratio


def tables(found: dict[str, Any]) -> list[Table]:
    return [_frames(found["frames"]), *(_keys(found["keys"], what) for what in _WHAT)]


_WHAT = {"handshake": "A handshake and its close", "upload": "An upload of 3,200 bytes"}


def _frames(found: dict[str, Any]) -> Table:
    rows = []
    for streams, targets in found.items():
        nginx, aldea = targets.get("nginx", {}), targets["aldea"]
        rows.append(
            (
                f"{int(streams):,}",
                number(median(nginx) or None),
                number(median(aldea)),
                ratio(median(aldea), median(nginx)),
                f"± {max(noise(aldea), noise(nginx) if nginx else 0):.0%}",
            )
        )
    return Table(
        "A frame of 3,200 bytes, by the number of busy streams",
        ("streams", "nginx, µs", "aldea, µs", "to nginx", "noise"),
        rows,
    )


def _keys(found: dict[str, Any], what: str) -> Table:
    rows = []
    for keys, row in found.items():
        nginx, aldea = row[what].get("nginx", {}), row[what]["aldea"]
        rows.append(
            (
                f"{int(keys):,}",
                f"{row['orgs']:,}",
                f"{row['different']:,}",
                number(median(nginx) or None),
                number(median(aldea)),
                f"± {noise(aldea):.0%}",
                number(median(aldea, "p50")),
                number(median(aldea, "p99")),
            )
        )
    return Table(
        f"{_WHAT[what]}, by what is in Redis",
        ("keys", "orgs", "keys in use", "nginx, µs", "aldea, µs", "noise", "p50, ms", "p99, ms"),
        rows,
    )
