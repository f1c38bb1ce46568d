"""
Subscribes to changes of orgs over pub/sub, which a cluster forwards to all its nodes.

The script that replaces an org's mirror also publishes the invalidation, so none is lost in
between.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, final

import attrs

from typing_extensions import override

from adapters.redis.client import RedisClient, redis_errors_as_ours
from aldea_core.domain.errors import Unavailable
from aldea_core.domain.ids import OrgId
from aldea_core.ports.invalidations import Invalidations


CHANNEL = "orgs:changed"
# A connection that is dead without having been closed is detected within two of these.
_SILENCE_SECONDS = 2.0


@final
@attrs.frozen
class RedisInvalidations(Invalidations):
    client: RedisClient

    @override
    @asynccontextmanager
    async def listen(self) -> AsyncIterator[AsyncIterator[OrgId]]:
        pubsub = self.client.connection.pubsub()
        try:
            with redis_errors_as_ours():
                # Subscribing alone does not make a cluster's client load the topology.
                await self.client.connection.initialize()
                await pubsub.subscribe(CHANNEL)
                if await pubsub.get_message(timeout=_SILENCE_SECONDS) is None:
                    raise Unavailable("keystore", why="no answer in time")
            yield _orgs_of(pubsub)
        finally:
            with redis_errors_as_ours():
                await pubsub.aclose()


async def _orgs_of(pubsub: Any) -> AsyncIterator[OrgId]:
    asked = False
    while True:
        with redis_errors_as_ours():
            message = await pubsub.get_message(timeout=_SILENCE_SECONDS)
            if message is None:
                if asked:
                    raise Unavailable("keystore", why="no answer in time")
                await pubsub.ping()
            asked = message is None
        if message is not None and message["type"] == "message":
            yield OrgId(message["data"])
