"""The HTTP client for other people's hosts."""

import asyncio

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import final

import aiohttp

from yarl import URL

from adapters.web.guard import GuardedResolver, PrivateAddress, checked
from aldea_core.domain.errors import BadRequest


_REDIRECTS = 5
_REDIRECT_STATUSES = {301, 302, 303, 307, 308}


@final
class GuardedClient:
    """
    Makes requests where `guard` allows it, redirects included.

    Args:
        allow_private: For local use only.
        connect_seconds: To have a connection.
        total_seconds: For everything.
    """

    def __init__(
        self,
        *,
        allow_private: bool,
        connect_seconds: float = 10,
        total_seconds: float = 600,
    ) -> None:
        self.allow_private = allow_private
        self._timeout = aiohttp.ClientTimeout(
            total=total_seconds,
            sock_connect=connect_seconds,
            sock_read=60,
        )
        self._session: aiohttp.ClientSession | None = None

    def check(self, url: str) -> URL:
        """
        Raises:
            BadRequest: No request may be made there.
        """
        return checked(url, allow_private=self.allow_private)

    @asynccontextmanager
    async def request(
        self,
        method: str,
        url: str,
        *,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """
        Raises:
            BadRequest: It, or where it redirects to, is not allowed.
            aiohttp.ClientError, TimeoutError: It failed.
        """
        target = self.check(url)
        for _ in range(_REDIRECTS + 1):
            try:
                response = await self._open().request(
                    method,
                    target,
                    data=body,
                    headers=headers,
                    allow_redirects=False,
                    timeout=self._timeout,
                )
            except aiohttp.ClientConnectorError as error:
                if isinstance(error.os_error, PrivateAddress):
                    raise BadRequest("The URL must not lead to a private address.") from None
                raise
            async with response:
                location = response.headers.get("Location")
                if response.status not in _REDIRECT_STATUSES or location is None:
                    yield response
                    return
            target = self.check(str(target.join(URL(location))))
        raise aiohttp.ClientError(f"more than {_REDIRECTS} redirects")

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            resolver = None if self.allow_private else GuardedResolver()
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(resolver=resolver, limit=200, force_close=True),
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": "aldea"},
            )
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            await asyncio.sleep(0)
