"""A key's own limits hold over gateways in several processes, on a cluster of three nodes."""

import asyncio

import pytest

from tests.servers.stage import stage
from tests.servers.waiting import until
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from aldea_core.domain.access.key_limits import KeyLimits
from aldea_core.domain.live.reservations import LIVE_MS


CLIENTS, ALLOWED = 100, 7


@pytest.fixture
async def scene():
    async with stage(gateways=2, engines=1, cluster=True) as made:
        yield made


async def asked(scene, n: int) -> ClientConnection | tuple[int, str]:
    """A stream of the key at one of the gateways, or status and text of its refusal."""
    try:
        return await connect(
            scene.live_url(n % 2), additional_headers=scene.auth, open_timeout=None
        )
    except InvalidStatus as refused:
        return refused.response.status_code, refused.response.headers["dg-error"]


async def test_racing_clients_get_exactly_what_the_key_allows(scene):
    """
    Of its sessions, then of its quota, of which each stream reserves the same part; its org's
    limits allow all of them. What the streams held is free for the next ones.
    """
    for own, status, says in (
        (KeyLimits(concurrent_sessions=ALLOWED), 429, "open sessions of this API key"),
        (KeyLimits(quota_ms=ALLOWED * LIVE_MS), 402, "quota of this API key is used up"),
        (KeyLimits(concurrent_sessions=ALLOWED), 429, "the limit is 7, 7 are open"),
    ):
        await scene.put_org(of_key=own)
        answers = await asyncio.gather(*(asked(scene, n) for n in range(CLIENTS)))
        streams = [answer for answer in answers if isinstance(answer, ClientConnection)]
        refused = [answer for answer in answers if not isinstance(answer, ClientConnection)]

        assert len(streams) == ALLOWED
        assert {status for status, _ in refused} == {status}
        assert all(says in text for _, text in refused)
        assert await scene.open_sessions() == ALLOWED
        await asyncio.gather(*(stream.close() for stream in streams))

        async def is_empty() -> bool:
            return not await scene.open_sessions()

        await until(is_empty)
