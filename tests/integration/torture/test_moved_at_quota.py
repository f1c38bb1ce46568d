"""A quota, a key's quota or a spending cap is reached while the stream's engine is dead."""

import asyncio
import json
import signal

from contextlib import AsyncExitStack

import attrs
import pytest

from tests.servers.stage import FRAME, UNBOUND, black_hole, stage
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from adapters.local_servers.server import free_port
from aldea_core.domain.access.key_limits import KeyLimits


pytestmark = [pytest.mark.slow, pytest.mark.alone, pytest.mark.timeout(120)]

QUOTA_MS = 5500
KILLED_AT = 48  # frames of a tenth of a second: in the second before the quota ends
OF_ORG = {"limits": attrs.evolve(UNBOUND, quota_ms=QUOTA_MS)}
OF_KEY = {"of_key": KeyLimits(quota_ms=QUOTA_MS)}


LIMITS = {
    "The monthly quota is used up.": OF_ORG,
    "The monthly quota of this API key is used up.": OF_KEY,
    "The spending cap of this month is reached.": OF_ORG | {"is_capped": True},
}


@pytest.mark.parametrize("waits", [0, 8])
async def test_all_words_up_to_the_limit_come_from_the_next_engine(waits):
    """
    Also if there is none until some seconds after the limit was reached; the ledger has exactly it.
    """
    await asyncio.gather(*(move(limit, reason, waits) for reason, limit in LIMITS.items()))


async def move(limit: dict[str, object], reason: str, waits: int) -> None:
    ports = [free_port(), free_port()]
    urls = [f"http://127.0.0.1:{port}" for port in ports]
    async with (
        stage(gateways=1, engine_ports=[ports[0], 0], engine_urls=urls) as scene,
        AsyncExitStack() as reachable,
        asyncio.timeout(60),
    ):
        first, second = scene.engines
        await scene.put_org(**limit)

        async def lose_engine() -> None:
            first.process.send_signal(signal.SIGKILL)
            await asyncio.sleep(waits)
            await reachable.enter_async_context(black_hole(ports[1], second.port))

        async with connect(scene.live_url(0), additional_headers=scene.auth) as socket:
            losing = None

            async def send() -> None:
                nonlocal losing
                for n in range(300):
                    if n == KILLED_AT:
                        losing = asyncio.create_task(lose_engine())
                    await socket.send(FRAME)
                    await asyncio.sleep(0.1)

            sending = asyncio.create_task(send())
            words: list[dict] = []
            with pytest.raises(ConnectionClosed):
                while True:
                    words += final_words(json.loads(await socket.recv()))
            with pytest.raises(ConnectionClosed):
                await sending
            await losing
        records = await scene.usage()

    assert (socket.close_code, socket.close_reason) == (4002, reason)
    found = [(word["start"], word["end"]) for word in words]
    # A word a second. That of the last second ends beyond the limit: if the engine gets no more than the
    # audio up to it, the word ends there.
    assert found[:5] == [(n, n + 1) for n in range(5)]
    assert found[5:] in ([], [(5, QUOTA_MS / 1000)])
    assert [(record.audio_ms, record.status) for record in records] == [(QUOTA_MS, 4002)]


def final_words(frame: dict) -> list[dict]:
    if frame["type"] != "Results" or not frame["is_final"]:
        return []
    return frame["channel"]["alternatives"][0]["words"]
