"""The tables of each part."""

from typing import Any

from benchmarks.report import growing
from benchmarks.report.table import Table, costs, median, number, percent, ratio, seconds
from benchmarks.results import Results


def tables(results: Results, part: str) -> list[Table]:
    """The tables of *part*. Empty if it was not measured."""
    found = results.found(part)
    return _TABLES[part](found) if found is not None else []


def _live(found: dict[str, Any]) -> list[Table]:
    return [
        costs(f"A live frame of {int(size):,} bytes up and a result down", targets)
        for size, targets in found["sizes"].items()
    ]


def _uploads(found: dict[str, Any]) -> list[Table]:
    return [
        costs(f"A file of {int(size):,} bytes up and its transcript down", targets, waits=True)
        for size, targets in found["sizes"].items()
    ]


def _litellm(found: dict[str, Any]) -> list[Table]:
    memory = found["mib"]
    return [
        *_uploads(found),
        Table(
            f"Memory after that (LiteLLM {found['version']})",
            ("of", "MiB"),
            [(name, number(value)) for name, value in memory.items()],
        ),
    ]


def _realtime(found: dict[str, Any]) -> list[Table]:
    tables_of_sizes = []
    for streams, row in found["streams"].items():
        targets = row["targets"]
        base = targets["direct"]
        closes = {
            name: target["closes"] for name, target in targets.items() if target.get("closes")
        }
        every = row["answering"]["every"]
        tables_of_sizes.append(
            Table(
                f"{int(streams):,} streams in real time, "
                f"{'every' if every == 1 else f'one in {every}'} frame{'' if every == 1 else 's'}"
                " answered",
                (
                    "through",
                    "p50 added, ms",
                    "p99 added",
                    "p99.9 added",
                    "p99 in all",
                    "frames lost",
                    "of a core",
                    "MiB, first",
                    "last",
                    "for, s",
                    "load late, p99 ms",
                ),
                [_realtime_row(name, target, base) for name, target in targets.items()],
                _closes(closes),
            )
        )
    return tables_of_sizes


def _realtime_row(name: str, target: dict[str, Any], base: dict[str, Any]) -> tuple[str, ...]:
    none = target is base
    return (
        name,
        *("–" if none else _added(target, base, which) for which in ("p50", "p99", "p999")),
        number(target["p99"]),
        f"{target['lost']:,}",
        "–" if none else percent(target["share"]),
        *("–" if none else number(size) for size in (settled(target)[0], target["mib"][-1])),
        f"{target['seconds']:.0f}",
        number(target["late_p99"]),
    )


def _closes(closes: dict[str, dict[str, int]]) -> str:
    """Streams that were closed early, by target and close code."""
    each = (
        f"{name}: {', '.join(f'{count} with {code}' for code, count in codes.items())}"
        for name, codes in closes.items()
    )
    return f"Closed early: {'; '.join(each)}." if closes else ""


def settled(target: dict[str, Any]) -> list[float]:
    """Sizes after the first fifth of the run, when buffers are filled."""
    return target["mib"][len(target["mib"]) // 5 :]


def _added(target: dict[str, Any], base: dict[str, Any], which: str) -> str:
    if target[which] is None or base[which] is None:
        return "–"
    return f"{target[which] - base[which]:+.2f}"


def _memory(found: dict[str, Any]) -> list[Table]:
    kept_kib = found["kept_bytes"] / 1024
    quiet, kept = found["quiet"], found["kept"]
    reference = quiet.get("nginx", {"kib": 0})["kib"]
    return [
        Table(
            "One more live stream",
            (
                "through",
                "quiet, KiB",
                "to nginx",
                f"with {kept_kib:.0f} KiB unanswered",
                "of that besides the audio",
                "opening, µs CPU",
            ),
            [
                (
                    name,
                    number(row["kib"]),
                    ratio(row["kib"], reference),
                    number(kept[name]["kib"]),
                    number(kept[name]["kib"] - kept_kib) if name.startswith("aldea") else "–",
                    number(row["micros"]),
                )
                for name, row in quiet.items()
            ],
        )
    ]


def _handshakes(found: dict[str, Any]) -> list[Table]:
    commands = found["commands"]
    names = sorted({*commands["opening"], *commands["closing"]} - {"evalsha"})
    return [
        costs("A handshake and its close", found["targets"], waits=True),
        Table(
            f"What Redis was asked for a stream ({commands['streams']} of them)",
            ("command", "opening", "closing"),
            [
                (
                    name,
                    *(f"{commands[when].get(raw, 0):.2f}" for when in ("opening", "closing")),
                )
                for name, raw in [
                    ("EVALSHA: a round trip", "evalsha"),
                    *((f"– {name.upper()}", name) for name in names),
                ]
            ],
        ),
    ]


def _idle(found: dict[str, Any]) -> list[Table]:
    rows = [
        (name, percent(row["share"]), number(row["mib"]), str(row["closed"]))
        for name, row in found["targets"].items()
    ]
    return [
        Table(
            f"{found['streams']:,} streams that send nothing but KeepAlive, "
            f"every {found['every']} seconds",
            ("through", "of a core", "MiB", "closed"),
            [*rows, ("aldea, without streams", f"{found['empty']:.2%}", "–", "–")],
        )
    ]


def _flood(found: dict[str, Any]) -> list[Table]:
    rows = []
    for kind, row in found["floods"].items():
        flood = row.get("flood")
        rows.append(
            (
                kind,
                *(number(row[which]) for which in ("p50", "p99", "most")),
                f"{row['lost']:,}",
                percent(row["share"]),
                f"{flood['frames'] / row['seconds']:,.0f}" if flood else "–",
                f"{flood['closed']:,}" if flood else "–",
            )
        )
    return [
        Table(
            f"{found['streams']} streams in real time beside one connection that floods",
            (
                "flood of",
                "p50, ms",
                "p99, ms",
                "most, ms",
                "frames lost",
                "of a core",
                "frames sent a second",
                "times closed",
            ),
            rows,
        )
    ]


def _startup(found: dict[str, Any]) -> list[Table]:
    names = {
        "help": "aldea --help",
        "ws-proxy": "ws-proxy is ready",
        "transcribe": "transcribe is ready",
    }
    return [
        Table(
            "From the command on",
            ("until", "median", "least", "most", "CPU"),
            [
                (
                    names[name],
                    seconds(median(row, "seconds")),
                    seconds(min(row["seconds"])),
                    seconds(max(row["seconds"])),
                    seconds(median(row, "cpu")),
                )
                for name, row in found.items()
            ],
        )
    ]


def _leases(found: dict[str, Any]) -> list[Table]:
    return [
        Table(
            f"{found['leases']:,} leases of {found['orgs']} orgs",
            ("of a lease", "Redis' CPU, µs"),
            [(name, number(found[name])) for name in ("admission", "renewal", "release")],
            f"An open lease takes {found['bytes']:,} bytes of Redis' memory.",
        )
    ]


def _sync(found: dict[str, Any]) -> list[Table]:
    rows = [
        (name, str(row["changes"]), *(f"{row[which]:,.0f}" for which in ("p50", "p99", "most")))
        for name, row in found["until"].items()
    ]
    columns = ("until", "changes", "p50, ms", "p99, ms", "most, ms")
    return [Table("From a change by the API to the gateways", columns, rows)]


def _recognition(found: dict[str, Any]) -> list[Table]:
    return [
        Table(
            "A file, through the gateway and by faster-whisper alone",
            (
                *("of", "Aldea, s", "alone, s", "ratio", "Aldea, s per s", "WER", "WER alone"),
                "Aldea's memory, MiB",
            ),
            [_recognition_file(row) for row in found["files"].values()],
        ),
        Table(
            "Streams in real time, with interim results",
            (
                "streams",
                "opened",
                "finals, p50 s after the word",
                "latest",
                "interims each, p50 s",
                "longest gap",
                "words changed",
                "WER",
            ),
            [_recognition_streams(count, row) for count, row in found["streams"].items()],
            _recognition_refused(found["streams"]),
        ),
    ]


def _recognition_file(row: dict[str, Any]) -> tuple[str, ...]:
    own, alone = median(row, "aldea"), median(row, "alone")
    return (
        f"{row['audio']:,.0f} s",
        number(own),
        number(alone),
        ratio(own, alone),
        f"{own / row['audio']:.3f}",
        *_share(row["wer"]["aldea"]),
        *_share(row["wer"]["alone"]),
        f"{row['memory']:,.0f}",
    )


def _recognition_streams(count: str, row: dict[str, Any]) -> tuple[str, ...]:
    return (
        count,
        str(row["opened"]),
        *(number(row[name]) for name in ("final_p50", "final_max", "gap_p50", "gap_max")),
        percent(row["flicker"]),
        *_share(row["wer"]),
    )


def _share(value: float | None) -> tuple[str]:
    return ("–" if value is None else percent(value),)


def _recognition_refused(streams: dict[str, dict[str, Any]]) -> str:
    refused = [
        f"{len(row['refused'])} of {count} ({', '.join(sorted(set(row['refused'])))})"
        for count, row in streams.items()
        if row["refused"]
    ]
    return f"Refused, with status and Retry-After: {'; '.join(refused)}." if refused else ""


_TABLES = {
    "live": _live,
    "realtime": _realtime,
    "memory": _memory,
    "handshakes": _handshakes,
    "uploads": _uploads,
    "growth": growing.tables,
    "idle": _idle,
    "leases": _leases,
    "flood": _flood,
    "sync": _sync,
    "startup": _startup,
    "recognition": _recognition,
    "litellm": _litellm,
}
