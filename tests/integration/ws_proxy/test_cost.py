"""
What a handshake and an upload cost our own code, with a real Redis and a real engine, counted in
bytecode instructions as in `tests/unit/entrypoints/test_cost.py`, and in commands to Redis.
"""

import sys

import attrs
import pytest

from tests.servers.gateway import MEMORY, gateway
from tests.servers.opcodes import COUNTED_ON, counted
from tests.servers.raw import exchange, post
from tests.servers.redis import redis_node
from tests.servers.services import serving
from websockets.asyncio.client import connect

from aldea_core.domain.access.key_limits import KeyLimits
from aldea_core.domain.access.limits import Limits
from aldea_core.use_cases.access.authenticate import FRESH_SECONDS
from entrypoints.runtime import session_registry


pytestmark = pytest.mark.skipif(
    sys.version_info[:2] != COUNTED_ON, reason="bytecode differs between versions of Python"
)

BUDGETS = {"a stream": 5690, "an upload": 3525}
UNBOUND = Limits(concurrent_live=1000, concurrent_files=1000, requests_per_minute=None)
RAW = "encoding=linear16&sample_rate=16000"


@pytest.fixture
async def served(monkeypatch):
    # The timer wheel, which would be counted too, stands still.
    monkeypatch.setattr(session_registry, "_STEP_SECONDS", 3600)
    engine = {"ALDEA_BUNDLED_ENGINE": "memory", "ALDEA_BUNDLED_CAPACITY": "100"}
    with redis_node() as node, serving("stt", **engine) as stt:
        settings = attrs.evolve(
            MEMORY, redis_url=node.url, ws_engines=(stt.url,), file_engines=(stt.url,)
        )
        async with gateway(settings, UNBOUND) as served:
            with node.plain() as plain:
                yield served, plain


def calls(redis, command: str = "evalsha") -> int:
    """How often it was called; evalsha for every script that was run."""
    return redis.info("commandstats").get(f"cmdstat_{command}", {}).get("calls", 0)


def done(redis) -> int:
    """How many commands were run, by scripts too, without those that ran the scripts."""
    stats = redis.info("commandstats")
    return sum(
        found["calls"]
        for name, found in stats.items()
        if name not in {"cmdstat_evalsha", "cmdstat_info", "cmdstat_xadd"}
    )


def reads(redis) -> int:
    """How often something had come to be read, which asking for it is once."""
    return redis.info("stats")["total_reads_processed"]


async def holds(name: str, work) -> None:
    """The least of several runs: messages that arrive together cost another sum."""
    await work()
    counts = []
    for _ in range(9):
        with counted() as count:
            await work()
        counts.append(count.opcodes)
    found, budget = min(counts), BUDGETS[name]

    assert found <= budget * 1.1, f"{name}: {found} instructions, the budget is {budget}"
    assert found >= budget * 0.7, f"{name}: only {found} instructions; lower the budget {budget}"


async def test_cost_of_a_stream_without_audio(served):
    """
    From its handshake to its end.
    """
    gate, _ = served
    url = f"{gate.websocket}/v1/listen?{RAW}"

    async def stream() -> None:
        async with connect(url, additional_headers=gate.auth) as socket:
            await socket.send('{"type":"CloseStream"}')
            async for _ in socket:
                pass

    await holds("a stream", stream)


async def test_cost_of_a_small_upload(served):
    gate, _ = served
    request = post(gate.key, "Content-Length: 3200") + bytes(3200)

    async def upload() -> None:
        answer = await exchange(gate.port, request)
        assert answer.status in {200, 400}, answer

    await holds("an upload", upload)


@pytest.mark.parametrize(
    "own", [None, KeyLimits(100, 6000, 10**9)], ids=["org's limits", "own limits"]
)
async def test_admission_is_one_round_trip(served, own):
    """
    And release another one; whatever limits the key has of its own.
    """
    gate, redis = served
    key = gate.key if own is None else await gate.limited_key(limits=own)
    request = post(key, "Content-Length: 3200") + bytes(3200)
    asked = []
    for _ in range(10):  # a renewal of open sessions sometimes runs its script meanwhile
        scripts, came = calls(redis), reads(redis)
        await exchange(gate.port, request)
        asked.append((reads(redis) - came, calls(redis) - scripts))

    # The lease, its usage, its end, and the question of this test; two of them are scripts.
    assert min(asked) == (4, 2)


@pytest.mark.parametrize(
    ("own", "commands"),
    [(None, 20), (KeyLimits(100, 6000, 10**9), 41)],
    ids=["org's limits", "own limits"],
)
async def test_scripts_ask_no_more_than_they_need(served, own, commands):
    """
    What Redis does for an upload within both scripts: the lease's and its end's.
    """
    gate, redis = served
    key = gate.key if own is None else await gate.limited_key(limits=own)
    request = post(key, "Content-Length: 3200") + bytes(3200)
    await exchange(gate.port, request)
    asked = []
    for _ in range(10):  # background work of the gateway sometimes asks something meanwhile
        before = done(redis)
        await exchange(gate.port, request)
        asked.append(done(redis) - before)

    assert min(asked) == commands


async def test_stale_cached_key_needs_no_lookup(served):
    """
    The lease script detects a changed org, and also registers the org for settlement: one round
    trip.
    """
    gate, redis = served
    request = post(gate.key, "Content-Length: 3200") + bytes(3200)
    await exchange(gate.port, request)
    asked = []
    for _ in range(3):  # background work of the gateway sometimes asks something meanwhile
        known = gate.services.gateway.authenticate()._known
        for key, (seen_at, caller) in known.items():
            known[key] = (seen_at - FRESH_SECONDS - 0.1, caller)
        gate.services.stores.leases()._noted._noted.clear()
        looked_up, came = calls(redis, "hmget"), reads(redis)
        await exchange(gate.port, request)
        asked.append((reads(redis) - came, calls(redis, "hmget") - looked_up))

    # The lease, its usage, its end, and the question of this test; the lease's script reads one hash
    # with HMGET, and no lookup does.
    assert min(asked) == (4, 1)
