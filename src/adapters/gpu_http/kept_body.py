"""A request body that can be sent again to another engine while it is small."""

from collections.abc import AsyncIterator, Iterator
from typing import final

from typing_extensions import override


@final
class KeptBody(AsyncIterator[bytes]):
    """
    Keeps the chunks it yields, up to *most* bytes.

    No generator, because the event loop keeps a record of each asynchronous one.

    Attributes:
        failed: Whether reading the body failed. Such a failure is the client's, not the engine's.
    """

    _again: Iterator[bytes]  # kept chunks that are to be yielded once more

    def __init__(self, body: AsyncIterator[bytes], most: int) -> None:
        self.failed = False
        self._next = body.__anext__
        self._most = most
        self._kept: list[bytes] = []
        self._size = 0

    @property
    def is_whole(self) -> bool:
        """Whether every chunk yielded so far is still kept."""
        return self._size <= self._most

    def from_beginning(self) -> AsyncIterator[bytes]:
        """
        The body from its beginning: kept chunks, then the rest.
        Valid only while `is_whole`.
        """
        self._again = iter(tuple(self._kept))
        return self

    @override
    async def __anext__(self) -> bytes:
        for chunk in self._again:
            return chunk
        try:
            chunk = await self._next()
        except StopAsyncIteration:
            raise
        except BaseException:
            self.failed = True
            raise
        size = self._size = self._size + len(chunk)
        if size <= self._most:
            self._kept.append(chunk)
        else:
            self._kept.clear()
        return chunk
