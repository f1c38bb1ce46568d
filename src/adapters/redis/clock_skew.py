"""How far the clock of Redis is ahead of this machine's."""

import asyncio

from datetime import UTC, datetime, timedelta
from typing import final

import structlog

from adapters.redis.client import RedisClient, Script
from adapters.redis.rows import moment
from aldea_core.domain.errors import Unavailable


log = structlog.get_logger()

_TIME = Script.load("time")
_EVERY = timedelta(seconds=10)
_PATIENCE_SECONDS = 0.5  # of the command that has to wait for it
# Longer than an answer of Redis takes, and much shorter than a lease lives.
_TOLERATED = timedelta(seconds=5)
_MEASURED_AT = "clock"  # in a cluster, all processes ask the node of this key
_NONE = timedelta()
_NEVER = datetime.min.replace(tzinfo=UTC)
_ALWAYS = datetime.max.replace(tzinfo=UTC)


@final
class ClockSkew:
    """
    Measures it before a command, at most every ten seconds, and at once if this machine's clock is
    set. Less than five seconds count as none: so long may an answer take.

    Args:
        client: None if both clocks are known to be the same.

    Attributes:
        ahead: What to add to a time of this machine.
    """

    def __init__(self, client: RedisClient | None) -> None:
        self._client = client
        self._measuring = asyncio.Lock()
        self.ahead = _NONE
        self._since = _NEVER
        self._until = _NEVER if client else _ALWAYS

    def is_due(self, at: datetime) -> bool:
        """Whether *at* is ten seconds or more from when *ahead* was measured, before or after it."""
        return not self._since <= at < self._until

    async def measure(self, at: datetime) -> None:
        """
        Measures if it is due at *at*, the present time of this machine. If Redis does not answer,
        nothing changes.
        """
        async with self._measuring:
            if self._client is None or not self.is_due(at):
                return
            try:
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    seconds, micros = await _TIME(self._client, [_MEASURED_AT], [])
            except (Unavailable, TimeoutError):
                pass
            else:
                self._set(moment(int(seconds) * 1_000_000 + int(micros)) - at)
            self._since, self._until = at - _EVERY, at + _EVERY

    def _set(self, found: timedelta) -> None:
        ahead = _NONE if abs(found) < _TOLERATED else found
        if abs(ahead - self.ahead) < _TOLERATED and ahead:
            return
        if ahead != self.ahead:
            seconds = round(ahead.total_seconds())
            log.warning("clocks differ", redis_is_ahead_by_seconds=seconds)
        self.ahead = ahead
