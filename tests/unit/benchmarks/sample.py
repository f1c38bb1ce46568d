"""A made-up benchmark result, small enough to check by hand."""

from benchmarks.results import Results


_MACHINE = {"machine": "2 cores, some CPU", "python": "3.11.7"}


def a_cost(micros):
    return {
        "micros": [micros * 0.9, micros, micros * 1.1],
        "rate": [900.0, 1000.0, 1100.0],
        "failed": 0,
        "p50": [1.0, 1.0, 1.0],
        "p99": [2.0, 2.0, 2.0],
    }


def targets(**micros):
    return {name: a_cost(value) for name, value in micros.items()}


def a_stream(p99, *, lost=0, seconds=300.0):
    return {
        "p50": p99 / 2,
        "p99": p99,
        "p999": p99 * 2,
        "most": p99 * 4,
        "late_p99": 0.1,
        "count": 1000,
        "sent": 1000,
        "closed": 0,
        "lost": lost,
        "seconds": seconds,
        "share": 0.5,
        "micros": 10.0,
        "mib": [50.0, 100.0, 101.0, 100.0, 102.0],
    }


FOUND = {
    "live": {"streams": 64, "sizes": {"3200": targets(direct=0.0, nginx=10.0, aldea=10.5)}},
    "realtime": {
        "streams": {
            "5000": {
                "answering": {"every": 10, "final": 3},
                "targets": {
                    "direct": a_stream(1.0),
                    "nginx": a_stream(3.0),
                    "aldea": a_stream(5.0),
                },
            },
        },
    },
    "memory": {
        "streams": 1000,
        "kept_bytes": 96_000,
        "quiet": {
            "nginx": {"kib": 18.0, "micros": 60.0},
            "aldea": {"kib": 26.0, "micros": 500.0},
        },
        "kept": {"nginx": {"kib": 18.0}, "aldea": {"kib": 120.0}},
    },
    "handshakes": {
        "clients": 16,
        "targets": targets(direct=0.0, nginx=100.0, aldea=250.0),
        "commands": {
            "streams": 500,
            "opening": {"evalsha": 1.0, "zadd": 1.0},
            "closing": {"evalsha": 1.0, "xadd": 1.0},
        },
    },
    "uploads": {"sizes": {"3200": targets(direct=0.0, nginx=30.0, aldea=120.0)}},
    "growth": {
        "frames": {
            "1": targets(nginx=10.0, aldea=10.0),
            "5000": targets(nginx=11.0, aldea=10.6),
        },
        "keys": {
            "1": {
                "orgs": 1,
                "different": 1,
                "handshake": targets(nginx=100.0, aldea=250.0),
                "upload": targets(nginx=30.0, aldea=60.0),
            },
            "1000000": {
                "orgs": 100_000,
                "different": 10_000,
                "handshake": targets(nginx=100.0, aldea=400.0),
                "upload": targets(nginx=30.0, aldea=61.0),
            },
        },
    },
    "idle": {
        "streams": 5000,
        "every": 3,
        "empty": 0.001,
        "targets": {"aldea": {"share": 0.05, "mib": 150.0, "closed": 0}},
    },
    "flood": {
        "streams": 64,
        "floods": {
            "no flood": a_stream(2.0, seconds=15.0),
            "pongs": a_stream(4.5, seconds=15.0)
            | {"flood": {"frames": 30_000, "closed": 2, "refused": 0}},
        },
    },
    "leases": {
        "leases": 10_000,
        "orgs": 100,
        "admission": 60.0,
        "renewal": 20.0,
        "release": 30.0,
        "bytes": 700,
    },
    "sync": {
        "until": {
            "a revoked key is refused": {"changes": 9, "p50": 90.0, "p99": 200.0, "most": 210.0}
        },
    },
    "startup": {
        "ws-proxy": {"seconds": [0.8], "cpu": [0.6]},
        "transcribe": {"seconds": [0.8], "cpu": [0.6]},
        "help": {"seconds": [0.1], "cpu": [0.06]},
    },
    "recognition": {
        "files": {
            "44": {
                "audio": 44.0,
                "aldea": [1.0, 1.2, 1.1],
                "alone": [2.0, 2.2, 2.4],
                "wer": {"aldea": 0.0, "alone": 0.1},
                "memory": 560.0,
            },
        },
        "streams": {
            "4": {
                "opened": 4,
                "refused": [],
                "finals": 40,
                "final_p50": 0.5,
                "final_max": 1.0,
                "gap_p50": 1.0,
                "gap_max": 1.5,
                "flicker": 0.02,
                "wer": 0.034,
            },
            "20": {
                "opened": 8,
                "refused": ["503 2"] * 12,
                "finals": 80,
                "final_p50": 0.5,
                "final_max": 1.0,
                "gap_p50": None,
                "gap_max": None,
                "flicker": 0.02,
                "wer": None,
            },
        },
    },
    "litellm": {
        "version": "1.0",
        "sizes": {
            "3200": targets(aldea=100.0, litellm=10_000.0),
            "320000": targets(aldea=400.0, litellm=10_000.0),
        },
        "mib": {"aldea": 80.0, "litellm": 400.0},
    },
}


def results(*parts):
    """All of them, or some *parts*."""
    found = Results()
    for part in parts or FOUND:
        found.note(
            part, FOUND[part], machine=_MACHINE, busy=0.5, between=23.4, seconds=60, quick=False
        )
    return found
