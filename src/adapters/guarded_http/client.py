"""The HTTP client for hosts that callers name."""

import asyncio
import base64

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import final

import aiohttp

from yarl import URL

from adapters.guarded_http.guard import Guard, GuardedResolver, PrivateAddress, exact
from aldea_core.domain.errors import AldeaError, BadRequest, RemoteContentError


_CONNECT_SECONDS, _IDLE_SECONDS = 10, 60
_REDIRECTS = 5
_REDIRECT_STATUSES = {301, 302, 303, 307, 308}


@final
class GuardedClient:
    """
    Sends requests where `guard` allows it. Redirects are checked too.

    URLs are sent as they are written, since they may be signed.

    Args:
        total_seconds: Timeout of the whole request.
    """

    def __init__(self, guard: Guard, *, total_seconds: float = 600) -> None:
        self._guard = guard
        self._timeout = aiohttp.ClientTimeout(
            total=total_seconds, sock_connect=_CONNECT_SECONDS, sock_read=_IDLE_SECONDS
        )
        self._session: aiohttp.ClientSession | None = None

    def check(self, url: str, *, may_sign_in: bool = False) -> URL:
        """
        Parses *url* and checks that a request to it is allowed.

        Args:
            may_sign_in: Whether the URL may contain a user and a password.

        Raises:
            BadRequest: The URL is malformed or not allowed.
        """
        try:
            parsed = exact(url)
        except ValueError:
            raise BadRequest("The URL is malformed.") from None
        return self._guard.checked(parsed, may_sign_in=may_sign_in)

    @asynccontextmanager
    async def request(
        self,
        method: str,
        url: str,
        *,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        may_sign_in: bool = False,
        redirects: int = _REDIRECTS,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """
        Sends a request and follows redirects.

        Args:
            redirects: How many are followed; with 0, a redirect is the response.
            may_sign_in: Whether a user and a password in the URL are sent, as Basic authentication
                (RFC 7617), to its own origin.

        Raises:
            BadRequest: The URL, or a URL it redirects to, is not allowed.
            RemoteContentError: The request failed.
        """
        target = self.check(url, may_sign_in=may_sign_in)
        origin, authorization = target.origin(), _basic(target)
        target = target.with_user(None)
        for _ in range(redirects + 1):
            sent = dict(headers or {})
            if authorization and target.origin() == origin:
                sent["Authorization"] = authorization
            try:
                response = await self._send(method, target, body, sent)
            except AldeaError:
                raise
            except Exception as error:  # several libraries' errors, caused by the remote host
                raise RemoteContentError(
                    f"The URL could not be reached: {_kind(error)}."
                ) from error
            async with response:
                location = response.headers.get("Location")
                if not redirects or response.status not in _REDIRECT_STATUSES or location is None:
                    yield response
                    return
            target = self._redirected(target, location)
        raise RemoteContentError(f"The URL redirects more than {redirects} times.")

    async def _send(
        self, method: str, target: URL, body: bytes | None, headers: dict[str, str]
    ) -> aiohttp.ClientResponse:
        try:
            return await self._open().request(
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

    def _redirected(self, target: URL, location: str) -> URL:
        try:
            joined = target.join(exact(location))
        except ValueError:
            raise RemoteContentError("The URL redirects to what is no URL.") from None
        return self._guard.checked(joined)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            guard = self._guard
            resolver = None if guard.allow_private else GuardedResolver(guard.ours)
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(resolver=resolver, limit=200, force_close=True),
                cookie_jar=aiohttp.DummyCookieJar(),
                # Responses with a content encoding are decoded nevertheless.
                headers={"User-Agent": "aldea", "Accept-Encoding": "identity"},
            )
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            await asyncio.sleep(0)


async def chunks(response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    """
    The body's chunks as they arrive.

    Raises:
        RemoteContentError: The body broke off, or violates its encoding.
    """
    arriving = response.content.iter_any()
    while True:
        try:
            chunk = await anext(arriving, None)
        except Exception as error:
            raise RemoteContentError(f"The URL could not be reached: {_kind(error)}.") from error
        if chunk is None:
            return
        yield chunk


def _basic(url: URL) -> str:
    if url.user is None and url.password is None:
        return ""
    pair = f"{url.user or ''}:{url.password or ''}".encode()
    return f"Basic {base64.b64encode(pair).decode()}"


def _kind(error: Exception) -> str:
    """What went wrong, without the URL, which may contain secrets."""
    match error:
        case TimeoutError():
            return "it took too long"
        case aiohttp.ClientConnectorDNSError():
            return "its name is not known"
        case aiohttp.ClientConnectorCertificateError():
            return "its certificate is not valid"
        case aiohttp.ClientConnectionError() | OSError():
            return "the connection failed"
        case _:
            return "its answer is no HTTP"
