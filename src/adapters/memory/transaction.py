"""Transactions over memory adapters, one at a time. A failed one restores the state before."""

import asyncio
import copy

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from contextvars import ContextVar
from typing import Any, final

from typing_extensions import override

from aldea_core.ports.transaction import Transaction


@final
class MemoryTransaction(Transaction):
    """
    Args:
        stores: The memory adapters to restore; all their state must be in attributes.
    """

    def __init__(self, stores: Sequence[object]) -> None:
        self._stores = stores
        self._turn = asyncio.Lock()
        self._is_within: ContextVar[bool] = ContextVar("is_within", default=False)

    @override
    def reading(self) -> AbstractAsyncContextManager[None]:
        return nullcontext()

    @override
    @asynccontextmanager
    async def about(self, thing: str = "") -> AsyncIterator[None]:
        if self._is_within.get():
            yield
            return
        async with self._turn:
            before = [_copied(vars(store)) for store in self._stores]
            within = self._is_within.set(True)
            try:
                yield
            except BaseException:
                for store, state in zip(self._stores, before, strict=True):
                    vars(store).update(state)
                raise
            finally:
                self._is_within.reset(within)


def _copied(state: dict[str, Any]) -> dict[str, Any]:
    # Values are frozen, so it is enough to copy one or two layers of dicts and lists.
    return {
        name: {key: copy.copy(inner) for key, inner in value.items()}
        if isinstance(value, dict)
        else copy.copy(value)
        for name, value in state.items()
        if isinstance(value, dict | list | int)
    }
