"""A request body that can be sent again to another engine while it is small."""

from collections.abc import AsyncIterator


class KeptBody:
    """
    Keeps the chunks it yields, up to *most* bytes.

    Attributes:
        failed: Whether reading the body failed. Such a failure is the client's, not the engine's.
    """

    def __init__(self, body: AsyncIterator[bytes], most: int) -> None:
        self.failed = False
        self._body = body
        self._most = most
        self._kept: list[bytes] = []
        self._size = 0

    @property
    def is_whole(self) -> bool:
        """Whether every chunk yielded so far is still kept."""
        return self._size <= self._most

    async def chunks(self) -> AsyncIterator[bytes]:
        """
        Yields the body from its beginning: kept chunks, then the rest.
        Valid only while `is_whole`.
        """
        for chunk in tuple(self._kept):
            yield chunk
        while True:
            try:
                chunk = await anext(self._body)
            except StopAsyncIteration:
                return
            except BaseException:
                self.failed = True
                raise
            self._size += len(chunk)
            if self._size <= self._most:
                self._kept.append(chunk)
            else:
                self._kept.clear()
            yield chunk
