"""A body that can be sent again, as long as it was small."""

from collections.abc import AsyncIterator


class KeptBody:
    """
    Keeps what it hands out, up to *most* bytes.

    Attributes:
        failed: Whether the body itself failed, which is no engine's fault.
    """

    def __init__(self, body: AsyncIterator[bytes], most: int) -> None:
        self.failed = False
        self._body = body
        self._most = most
        self._kept: list[bytes] = []
        self._size = 0

    @property
    def is_whole(self) -> bool:
        """Whether all that was handed out is still here."""
        return self._size <= self._most

    async def chunks(self) -> AsyncIterator[bytes]:
        """From the beginning: what is kept, then the rest. Only while `is_whole`."""
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
