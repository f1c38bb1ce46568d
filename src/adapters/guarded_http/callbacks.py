"""Delivers transcripts to callback URLs, again and again until they are taken."""

import asyncio

from collections.abc import Awaitable, Callable
from typing import final

import structlog

from typing_extensions import override

from adapters.guarded_http.client import GuardedClient
from aldea_core.domain.errors import AldeaError, BadRequest
from aldea_core.domain.live.leases import Lease
from aldea_core.domain.transcripts.options import Callback
from aldea_core.ports.callbacks import Callbacks, Tried


log = structlog.get_logger()

_TRIES = 10
_FIRST_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 300.0
_AT_ONCE = 100
_WAITING = 1000


@final
class WebCallbacks(Callbacks):
    """
    Delivers callbacks, with up to ten attempts. Pauses double, up to five minutes.

    Args:
        sleep: Waits between attempts; handed in for tests.
    """

    def __init__(
        self,
        client: GuardedClient,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._client = client
        self._sleep = sleep
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._deliveries: set[asyncio.Task[None]] = set()

    @property
    def under_way(self) -> int:
        """Number of callbacks not delivered yet."""
        return len(self._deliveries)

    @override
    async def check(self, callback: Callback) -> None:
        try:
            self._client.check(callback.url, may_sign_in=True)
        except BadRequest as error:
            raise BadRequest(f"The parameter callback: {error}") from None

    @override
    async def deliver(
        self, callback: Callback, body: bytes, lease: Lease, tried: Tried | None = None
    ) -> None:
        if len(self._deliveries) >= _WAITING:
            log.error("callback dropped", reason="too many are waiting", **_named(lease))
            return
        delivery = asyncio.create_task(self._deliver(callback, body, lease, tried))
        self._deliveries.add(delivery)
        delivery.add_done_callback(self._deliveries.discard)

    async def _deliver(
        self, callback: Callback, body: bytes, lease: Lease, tried: Tried | None
    ) -> None:
        pause, problem = _FIRST_PAUSE_SECONDS, ""
        for attempt in range(1, _TRIES + 1):
            async with self._room:
                problem = await self._try(callback, body, lease.key.id)
            if tried is not None:
                await tried(attempt, not problem)
            if not problem:
                return
            if attempt < _TRIES:
                await self._sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
        log.error("callback failed", tries=_TRIES, reason=problem, **_named(lease))

    async def _try(self, callback: Callback, body: bytes, key_id: str) -> str:
        """
        Makes one attempt. Returns what went wrong, without the URL, which may contain secrets; or
        "".
        """
        try:
            async with self._client.request(
                callback.method.value,
                callback.url,
                body=body,
                headers={"Content-Type": "application/json", "dg-token": key_id},
                may_sign_in=True,
            ) as response:
                return "" if 200 <= response.status < 300 else f"answers {response.status}"
        except AldeaError as error:
            return str(error)

    async def close(self) -> None:
        """Cancels the deliveries that are still running."""
        for delivery in self._deliveries:
            delivery.cancel()
        await asyncio.gather(*self._deliveries, return_exceptions=True)


def _named(lease: Lease) -> dict[str, str]:
    """Ids of the callback's request and org, for operators."""
    return {"request_id": lease.session, "org_id": lease.org}
