"""The backend over HTTP, for the commands that ask it."""

import json

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

import attrs

from entrypoints.cli.errors import BackendRefused, CommandError, NotReachable, NotSignedIn
from entrypoints.cli.server_errors import retry_after, unreachable


if TYPE_CHECKING:
    import aiohttp

_PAGE = 100  # the most items that the backend puts on a page
_PATIENCE_SECONDS = 60  # seconds without a byte
_Result = TypeVar("_Result")


@attrs.frozen
class Credentials:
    """
    A backend, and what opens it.

    Attributes:
        token: A sign-in token, or an API key if `is_key`; empty before signing in.
        account: The person's address, or where the key comes from.
    """

    url: str
    token: str = attrs.field(default="", repr=False)
    is_key: bool = False
    account: str = ""


class NotOfTheBackend(CommandError, KeyError):
    """The answer is not what the backend says. A reader that can do without a field catches KeyError."""

    def __init__(self, has: str) -> None:
        super().__init__(f"the answer {has}. Is it the right --url, and a backend of this version?")


class Document(dict[str, Any]):
    """A JSON object of the backend."""

    def __missing__(self, name: str) -> Any:
        """
        Raises:
            NotOfTheBackend: Always.
        """
        raise NotOfTheBackend(f"has no {name!r}")


@attrs.frozen
class HttpAnswer:
    """A response that was read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes = attrs.field(repr=False)

    @property
    def document(self) -> Document:
        """
        Raises:
            NotOfTheBackend: The body is no JSON object, so it is not the backend that answers.
        """
        try:
            found = json.loads(self.body, object_hook=Document)
        except (ValueError, RecursionError):
            raise NotOfTheBackend("is no JSON") from None
        if not isinstance(found, Document):
            raise NotOfTheBackend("is no JSON object")
        return found


@attrs.frozen
class BackendClient:
    """Calls one backend. Every refusal is a `CommandError` with what to do about it."""

    session: "aiohttp.ClientSession"
    credentials: Credentials

    async def get(self, path: str, query: Mapping[str, Any] | None = None) -> Any:
        """The JSON at *path*. Values that are None are left out of the query."""
        return (await self.call("GET", path, query=query)).document

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: Mapping[str, Any] | None = None,
        if_match: str | None = None,
    ) -> HttpAnswer:
        """
        The response, if it is a success.

        Args:
            if_match: The ETag of the version that is changed.

        Raises:
            NotReachable: The backend does not answer.
            NotSignedIn: The credentials are not valid, or no longer.
            CommandError: The backend refuses.
        """
        import aiohttp

        try:
            async with self._request(method, path, body, query, if_match) as response:
                answer = HttpAnswer(response.status, response.headers, await response.read())
        except (aiohttp.ClientError, TimeoutError) as error:
            raise unreachable(self.credentials.url, error) from None
        if answer.status < 300:
            return answer
        raise problem(answer, self.credentials)

    async def stream(self, path: str, query: Mapping[str, Any]) -> AsyncIterator[bytes]:
        """The body at *path*, in pieces as they come."""
        import aiohttp

        try:
            async with self._request("GET", path, None, query) as response:
                if response.status != 200:
                    answer = HttpAnswer(response.status, response.headers, await response.read())
                    raise problem(answer, self.credentials)
                async for piece in response.content.iter_any():
                    yield piece
        except (aiohttp.ClientError, TimeoutError) as error:
            raise unreachable(self.credentials.url, error) from None

    async def pages(
        self, path: str, query: Mapping[str, Any] | None = None, *, limit: int | None = None
    ) -> AsyncIterator[dict[str, Any]]:
        """
        The pages of a list, as the backend has them.

        Args:
            limit: Items in all; None is all that there are.
        """
        left, cursor = limit, None
        while left is None or left > 0:
            size = _PAGE if left is None else min(left, _PAGE)
            page = await self.get(path, {**(query or {}), "limit": size, "cursor": cursor})
            if not isinstance(page["items"], list):
                raise NotOfTheBackend("has no list of items")
            yield page
            if left is not None:
                left -= len(page["items"])
            before, cursor = cursor, page["next"]
            if cursor is None:
                return
            if cursor == before or not page["items"]:
                raise NotOfTheBackend("is a list without an end")

    async def items(
        self, path: str, query: Mapping[str, Any] | None = None, *, limit: int | None = None
    ) -> dict[str, Any]:
        """The pages of a list as one."""
        whole: dict[str, Any] = {"items": [], "next": None}
        async for page in self.pages(path, query, limit=limit):
            whole["items"] += page["items"]
            whole["next"] = page["next"]
        return whole

    def _request(
        self,
        method: str,
        path: str,
        body: Any,
        query: Mapping[str, Any] | None,
        if_match: str | None = None,
    ) -> "aiohttp.client._RequestContextManager":
        token = self.credentials.token
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if if_match is not None:
            headers["If-Match"] = if_match
        return self.session.request(
            method,
            f"{self.credentials.url}{path}",
            params={
                name: _text(value) for name, value in (query or {}).items() if value is not None
            },
            json=body,
            headers=headers,
            allow_redirects=False,  # the token is for this address alone
        )


def part_of_path(text: str) -> str:
    """*text*, which a person gave, as one part of a path."""
    return quote(text, safe="")


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def problem(answer: HttpAnswer, credentials: Credentials) -> CommandError:
    """Why the backend refused, and what to do."""
    status, url = answer.status, credentials.url
    if 300 <= status < 400:
        to = answer.headers.get("Location", "elsewhere")
        return CommandError(f"{url} redirects to {to}: name the address that it redirects to")
    try:
        said = json.loads(answer.body)
        # The second is of /v1/projects, which speaks Deepgram's dialect.
        detail = str(said["detail"] if "detail" in said else said["err_msg"])
        if errors := said.get("errors"):
            detail = "; ".join(f"{one['field']}: {one['message']}" for one in errors)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return CommandError(f"{url} says {status}. Is it the backend's address?")
    detail = " ".join(detail.split()).rstrip(".")
    match status:
        case 401 if not credentials.token:
            return NotSignedIn(detail)
        case 401 if credentials.is_key:
            return NotSignedIn(f"{url} does not accept the key: {detail}")
        case 401:
            return NotSignedIn(f"the sign-in has ended: aldea login --url {url}")
        case 429:
            return CommandError(
                f"{detail}. Try again in {retry_after(answer.headers) or 1:g} seconds"
            )
        case 503:
            return NotReachable(f"{url} is not ready: {detail}. Try again; see: aldea status")
        case _:
            return BackendRefused(status, f"the backend refuses ({status}): {detail}")


def ask_backend(
    credentials: Credentials, work: Callable[[BackendClient], Awaitable[_Result]]
) -> _Result:
    """
    Runs *work* with a client of the backend.

    Raises:
        CommandError: As `BackendClient.call`.
    """
    import asyncio
    import platform

    import aiohttp

    async def run() -> _Result:
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=_PATIENCE_SECONDS)
        # In the list of sign-ins it says which machine a sign-in is of.
        agent = f"aldea/{version('aldea')} on {platform.node()}"
        async with aiohttp.ClientSession(
            timeout=timeout, headers={"User-Agent": agent}, cookie_jar=aiohttp.DummyCookieJar()
        ) as session:
            return await work(BackendClient(session, credentials))

    return asyncio.run(run())
