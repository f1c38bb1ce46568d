"""The index of orgs that may have leases, for what is done with the leases of all orgs."""

import binascii

from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import datetime, timedelta
from typing import final

from adapters.redis.client import RedisClient, redis_errors_as_ours
from adapters.redis.damage import is_intact
from adapters.redis.rows import EPOCH, micros
from aldea_core.domain.errors import Unavailable
from aldea_core.domain.ids import OrgId


_INDEXES = 16
_NOTE_EVERY = timedelta(seconds=30)
_BATCH = 500


def index_key(org: OrgId) -> str:
    """The part of the index that has *org*."""
    return _key(binascii.crc32(org.encode()) % _INDEXES)


def _key(number: int) -> str:
    return f"live:orgs:{{{number}}}"


@final
class NotedOrgs:
    def __init__(self, client: RedisClient) -> None:
        self._client = client
        self._noted: dict[OrgId, datetime] = {}

    def has(self, org: OrgId, at: datetime) -> bool:
        """Whether this process has noted *org* within `_NOTE_EVERY`."""
        return abs(at - self._noted.get(org, EPOCH)) < _NOTE_EVERY

    async def note(self, org: OrgId, at: datetime) -> None:
        """
        Enters *org*, at most every `_NOTE_EVERY`. The index may be on another node than the org: while
        that node is away, the org's sessions go on, and the next command tries again.
        """
        if self.has(org, at):
            return
        index = index_key(org)
        self._noted[org] = at  # set before the await: concurrent calls skip the write
        try:
            await self._client.ask(index, "ZADD", index, micros(at), org)
        except BaseException as error:
            self._noted.pop(org, None)
            if not isinstance(error, Unavailable):
                raise

    async def pages(self) -> AsyncIterator[tuple[str, Mapping[OrgId, int]]]:
        """Some orgs at a time: the part of the index that has them, and when each was noted last."""
        for index in map(_key, range(_INDEXES)):
            orgs = await self._orgs(index)
            for begin in range(0, len(orgs), _BATCH):
                yield index, {OrgId(org): int(at) for org, at in orgs[begin : begin + _BATCH]}

    async def _orgs(self, index: str) -> list[tuple[str, float]]:
        try:
            with redis_errors_as_ours():
                found: list[tuple[str, float]] = await self._client.connection.zrange(
                    index, 0, -1, withscores=True
                )
        except Unavailable as error:
            if is_intact(error.__cause__, key=index):
                raise
            await self._client.ask(index, "DEL", index)  # gateways note their orgs again
            return []
        return found

    async def forget(self, index: str, orgs: Iterable[OrgId]) -> None:
        """Removes *orgs* from a part of the index."""
        if orgs := list(orgs):
            await self._client.ask(index, "ZREM", index, *orgs)
