"""Wraps a store so that a test can make it unavailable; its data stay."""

from typing import Any

from aldea_core.domain.errors import Unavailable


class Away:
    """Stands before a store; while `is_away`, every call fails as a lost connection does."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self.is_away = False
        self.calls = 0

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._store, name)

        async def call(*args: Any, **more: Any) -> Any:
            self.calls += 1
            if self.is_away:
                raise Unavailable("keystore")
            return await method(*args, **more)

        return call
