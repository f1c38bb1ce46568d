"""The pool of kept-alive connections to one engine."""

import asyncio

from collections import deque
from typing import final

from adapters.gpu_http.deadline import Deadline
from adapters.gpu_http.exchange import Exchange
from adapters.gpu_http.target import CONNECT_SECONDS, Target
from aldea_core.domain.errors import EngineUnavailable


# Shorter than the keep-alive timeout of usual servers, so that the client closes first.
_KEEP_SECONDS = 30.0
_MOST_KEPT = 64


@final
class Connections:
    """Takes the last used connection first, so that spare connections become old and are closed."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._free: deque[Exchange] = deque()

    async def take(self) -> Exchange:
        """
        A connection for a new exchange: a kept one, or a new one.

        Raises:
            EngineUnavailable: The engine cannot be reached.
        """
        while self._free:
            exchange = self._free.pop()
            if exchange.is_free and exchange.idle_seconds() < _KEEP_SECONDS:
                return exchange
            exchange.close()
        return await self._connect()

    def give_back(self, exchange: Exchange) -> None:
        if not exchange.is_free:
            return
        self._free.append(exchange)
        while len(self._free) > _MOST_KEPT or not self._free[0].is_free:
            self._free.popleft().close()

    def close(self) -> None:
        while self._free:
            self._free.pop().close()

    async def _connect(self) -> Exchange:
        target = self._target
        try:
            with Deadline(CONNECT_SECONDS):
                _, exchange = await asyncio.get_running_loop().create_connection(
                    Exchange, *target.address, ssl=target.tls
                )
        except (OSError, TimeoutError) as error:
            raise EngineUnavailable from error
        return exchange
