"""A gateway follows invalidations, and does not wait until cached entitlements expire."""

import asyncio

import aiohttp

from tests.servers.gateway import gateway

from aldea_core.use_cases.access import authenticate


async def test_revoked_key_is_refused_despite_the_cache(monkeypatch):
    """
    Its cache entry would be valid for years here.
    """
    monkeypatch.setattr(authenticate, "FRESH_SECONDS", 1e9)
    async with gateway() as handler, aiohttp.ClientSession(headers=handler.auth) as client:

        async def status() -> int:
            async with client.post(f"{handler.url}/v1/auth/grant") as answer:
                return answer.status

        assert await status() == 200
        [key] = await handler.services.stores.accounts().keys(handler.org.id)
        await handler.services.identity.revoke_key()(handler.org.id, key.id)
        assert await status() == 200  # no invalidation has arrived
        await handler.sync()
        async with asyncio.timeout(30):
            while await status() != 401:
                await asyncio.sleep(0.01)
