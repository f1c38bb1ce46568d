"""Delivers transcripts to callback URLs, again and again until they are taken."""

import asyncio

from collections.abc import Awaitable, Callable
from functools import partial
from typing import final

import attrs
import structlog

from typing_extensions import override

from adapters.guarded_http.client import GuardedClient
from aldea_core.domain.errors import AldeaError, BadRequest
from aldea_core.domain.ids import OrgId
from aldea_core.domain.live.leases import Lease
from aldea_core.domain.transcripts.options import Callback
from aldea_core.ports.callbacks import Callbacks, Tried


log = structlog.get_logger()

_TRIES = 10
_FIRST_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 300.0
_AT_ONCE = 100
_WAITING = 1000
# What one org may have of both, so that receivers of one that do not answer hold up no other's.
_OF_ORG_AT_ONCE = 20
_OF_ORG_WAITING = 200


@attrs.define
class _OfOrg:
    """The callbacks of one org that are not delivered yet."""

    waiting: int = 0
    room: asyncio.Semaphore = attrs.field(factory=lambda: asyncio.Semaphore(_OF_ORG_AT_ONCE))


@final
class WebCallbacks(Callbacks):
    """
    Delivers callbacks, with up to ten attempts. Pauses double, up to five minutes.

    Beyond 1,000 that wait, or 200 of one org, callbacks are dropped.

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
        self._of_orgs: dict[OrgId, _OfOrg] = {}

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
        of_org = self._of_orgs.setdefault(lease.org, _OfOrg())
        if len(self._deliveries) >= _WAITING or of_org.waiting >= _OF_ORG_WAITING:
            log.error("callback dropped", reason="too many are waiting", **_named(lease))
            self._forget_unused(lease.org)
            return
        of_org.waiting += 1
        delivery = asyncio.create_task(self._deliver(callback, body, lease, tried, of_org.room))
        self._deliveries.add(delivery)
        delivery.add_done_callback(partial(self._done, lease.org))

    def _done(self, org: OrgId, delivery: asyncio.Task[None]) -> None:
        self._deliveries.discard(delivery)
        self._of_orgs[org].waiting -= 1
        self._forget_unused(org)

    def _forget_unused(self, org: OrgId) -> None:
        if not self._of_orgs[org].waiting:
            del self._of_orgs[org]

    async def _deliver(
        self,
        callback: Callback,
        body: bytes,
        lease: Lease,
        tried: Tried | None,
        of_org: asyncio.Semaphore,
    ) -> None:
        pause, problem = _FIRST_PAUSE_SECONDS, ""
        for attempt in range(1, _TRIES + 1):
            async with of_org, self._room:
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
