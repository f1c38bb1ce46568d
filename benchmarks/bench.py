"""What every part of the benchmark gets: the plan of its size and duration, and the targets."""

import tempfile

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import attrs

from benchmarks.gateway import gateway
from benchmarks.store import Store, store
from benchmarks.targets import Engine, Target, direct, engine, others


@attrs.frozen
class Plan:
    """
    Size and duration of the benchmark.

    Attributes:
        rounds: Counted rounds per target, after one that warms up.
        seconds: Seconds of load in one turn.
        realtime: Pairs of concurrent streams and seconds.
        growing: Numbers of busy streams.
        keys: Numbers of keys in Redis.
        many: Streams for the memory of one more stream.
        idle: Idle streams.
        idle_seconds: Seconds for which idle streams are measured.
        starts: Counted starts of each service.
        changes: Counted changes by the API.
        recognition_files: Files that are transcribed: how many times the recording of 44 s is in each.
        recognition_streams: Numbers of concurrent streams that are transcribed.
        recognition_seconds: Length of each.
        recognition_beside: How many streams are transcribed beside how many files at once.
        long: Seconds of the largest number of streams through Aldea; None is as for other targets.
        litellm: Whether LiteLLM's proxy is installed and measured.
    """

    rounds: int = 4
    seconds: float = 2.0
    realtime: tuple[tuple[int, float], ...] = ((1, 15), (64, 15), (1000, 30), (5000, 30))
    growing: tuple[int, ...] = (1, 64, 1000, 5000)
    keys: tuple[int, ...] = (1, 1000, 10_000, 1_000_000)
    many: int = 1000
    idle: int = 5000
    idle_seconds: float = 15
    starts: int = 7
    changes: int = 100
    flood_seconds: float = 15
    recognition_files: tuple[int, ...] = (1, 41)
    recognition_streams: tuple[int, ...] = (1, 2, 4, 8, 20, 40)
    recognition_seconds: float = 44.5
    recognition_beside: tuple[int, int] = (2, 3)
    long: float | None = None
    litellm: bool = False


QUICK = Plan(
    rounds=2,
    seconds=1,
    realtime=((1, 3), (64, 3), (1000, 4)),
    growing=(1, 64),
    keys=(1, 10_000),
    many=300,
    idle=500,
    idle_seconds=5,
    starts=3,
    changes=15,
    flood_seconds=4,
    recognition_files=(1,),
    recognition_streams=(1, 4),
    recognition_seconds=15,
)


@attrs.frozen
class Opened:
    """
    Everything that runs while a part measures.

    Attributes:
        bare: Other targets through the same proxies, for files only.
    """

    engine: Engine
    store: Store
    direct: Target
    proxies: list[Target]
    bare: list[Target]

    @property
    def targets(self) -> list[Target]:
        return [self.direct, *self.proxies]

    @property
    def file_targets(self) -> list[Target]:
        return [self.direct, *self.bare, *self.proxies]

    @property
    def aldea(self) -> Target:
        return next(target for target in self.proxies if target.name == "aldea")


@attrs.frozen
class Bench:
    """
    Attributes:
        report: Called with a description of the current step.
    """

    plan: Plan
    report: Callable[[str], None]

    @contextmanager
    def opened(self, *, adapted: bool = False, peers: bool = True) -> Iterator[Opened]:
        """
        Starts new processes for every part: memory freed by one part would hide what the next one
        takes.
        """
        self.report("starting")
        with ExitStack() as stack:
            at = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="aldea-bench-")))
            behind = stack.enter_context(engine())
            redis = stack.enter_context(store(at))
            found = stack.enter_context(others(behind, at)) if peers else []
            proxies = [target for target in found if not target.only_files]
            bare = [target for target in found if target.only_files]
            proxies.append(stack.enter_context(gateway(redis, behind)))
            if adapted:
                proxies.append(stack.enter_context(gateway(redis, behind, adapted=True)))
            yield Opened(behind, redis, direct(behind, at), proxies, bare)
