"""A body that can be sent again, as long as it was small."""

from collections.abc import AsyncIterator


MOST_KEPT = 1024 * 1024


class KeptBody:
    """Keeps what it hands out, up to a bound."""

    def __init__(self, body: AsyncIterator[bytes]) -> None:
        self._body = body
        self._kept: list[bytes] = []
        self._size = 0

    @property
    def is_whole(self) -> bool:
        """Whether all that was handed out is still here."""
        return self._size <= MOST_KEPT

    async def chunks(self) -> AsyncIterator[bytes]:
        """From the beginning: what is kept, then the rest. Only while `is_whole`."""
        for chunk in tuple(self._kept):
            yield chunk
        async for chunk in self._body:
            self._size += len(chunk)
            if self._size <= MOST_KEPT:
                self._kept.append(chunk)
            else:
                self._kept.clear()
            yield chunk
