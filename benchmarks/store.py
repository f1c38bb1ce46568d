"""A Redis with any number of orgs and keys, all without effective limits."""

import hashlib
import itertools
import os
import tempfile

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import attrs
import redis

from adapters.local_servers.redis import LocalRedis
from adapters.redis.documented import limits_key, owner_key, set_key
from adapters.redis.keystore import KEY_FIELD, mirror_key
from adapters.redis.rows import entitlement_fields, key_text
from aldea_core.domain.access.keys import RANDOM_BYTES, ApiKey, KeySecret, KnownKey
from aldea_core.domain.access.limits import Entitlements, Limits
from aldea_core.domain.ids import KeyId, OrgId
from benchmarks.machine import OTHER_CORES
from benchmarks.processes import SIGTERM


KEYS_AN_ORG = 10
_PLENTY = 10**9
_BATCH = 500
_ANY_DAY = datetime(2026, 1, 1, tzinfo=UTC)
ENTITLEMENTS = Entitlements(
    Limits(
        concurrent_live=_PLENTY,
        concurrent_files=_PLENTY,
        requests_per_minute=6_000_000,
        request_burst=100_000,
        quota_ms=_PLENTY * 1000,
        max_live_seconds=86_400,
    ),
    version=1,
)
NO_QUOTA = attrs.evolve(ENTITLEMENTS, limits=attrs.evolve(ENTITLEMENTS.limits, quota_ms=None))
_WITHOUT_QUOTA = 10**9  # number of the key of an org without one


@attrs.define
class Store:
    """
    Attributes:
        keys: A file with one key, of the first org.
        keys_without_quota: A file with one key of an org that has no quota.
        filled: Number of keys.
    """

    server: LocalRedis
    folder: Path
    keys: Path
    keys_without_quota: Path
    filled: int = 0

    @property
    def url(self) -> str:
        return self.server.url

    def fill(self, upto: int, report: Callable[[int], None] = lambda _: None) -> None:
        """
        Adds keys until there are *upto*, ten per org, in the documented
        layout and in mirrors.
        """
        with self.server.client() as client:
            for begin in range(self.filled, upto, _BATCH):
                _write(client, range(begin, min(upto, begin + _BATCH)))
                report(begin)
        self.filled = max(self.filled, upto)

    def add_key_without_quota(self) -> None:
        with self.server.client() as client:
            _write(client, range(_WITHOUT_QUOTA, _WITHOUT_QUOTA + 1), NO_QUOTA)
        self.keys_without_quota.write_text(f"{_secret(_WITHOUT_QUOTA).reveal()}\n")

    def some_keys(self, many: int) -> Path:
        """A file of *many* keys (or all), spread evenly over the existing ones."""
        step = max(1, self.filled // many)
        chosen = itertools.islice(range(0, self.filled, step), many)
        path = self.folder / f"keys-{self.filled}-{many}"
        path.write_text("".join(f"{_secret(n).reveal()}\n" for n in chosen))
        return path

    def commands(self) -> dict[str, int]:
        """Calls of each command, by clients and by scripts."""
        with self.server.client() as client:
            stats = client.info("commandstats")
        return {name.removeprefix("cmdstat_"): int(found["calls"]) for name, found in stats.items()}


@contextmanager
def store(folder: Path) -> Iterator[Store]:
    """Runs a store until the context ends, on the cores of the load."""
    with tempfile.TemporaryDirectory(prefix="aldea-bench-") as own:
        server = LocalRedis(Path(own) / "redis", durable=False)
        try:
            with SIGTERM.held():
                server.start()
            assert server.process is not None
            os.sched_setaffinity(server.process.pid, OTHER_CORES)
            found = Store(server, folder, folder / "one-key", folder / "without-quota")
            found.fill(1)
            found.keys = found.some_keys(1)
            found.add_key_without_quota()
            yield found
        finally:
            server.stop()


def _secret(n: int) -> KeySecret:
    return KeySecret.mint(hashlib.sha256(b"bench %d" % n).digest()[:RANDOM_BYTES])


def key_of(number: int) -> KnownKey:
    """Key *number* of a filled store."""
    org, secret = OrgId(f"bench-{number // KEYS_AN_ORG}"), _secret(number)
    return KnownKey.of(
        ApiKey(KeyId(f"key-{number}"), org, "Bench", secret.hash, secret.hint, _ANY_DAY)
    )


def _write(client: redis.Redis, numbers: range, granted: Entitlements = ENTITLEMENTS) -> None:
    owners: dict[str, str] = {}
    by_org: dict[OrgId, list[KnownKey]] = {}
    for n in numbers:
        key = key_of(n)
        owners[owner_key(key.hash)] = key.org
        by_org.setdefault(key.org, []).append(key)
    entitlements = entitlement_fields(granted)
    pipeline = client.pipeline(transaction=False)
    pipeline.mset(owners)
    for org, keys in by_org.items():
        pipeline.sadd(set_key(org), *(key.hash for key in keys))
        pipeline.hset(limits_key(org), mapping=entitlements)
        pipeline.hset(
            mirror_key(org),
            mapping={**entitlements, **{f"{KEY_FIELD}{key.hash}": key_text(key) for key in keys}},
        )
    pipeline.execute()
