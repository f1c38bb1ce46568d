"""A real frontend and backend on free ports, in this process, and browsers without scripts."""

import re

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from html import unescape

import aiohttp
import attrs

from tests.servers.backend import PASSWORD, SETTINGS, Running

from entrypoints.containers.aldea import aldea
from entrypoints.http.server import serving
from entrypoints.runtime.periodic import Part


_TOKEN = re.compile(r'name="form_token" value="([^"]+)"')
_ONCE = re.compile(r'name="once" value="([^"]+)"')
_FORM = r'action="{}"[^>]*>(.*?)</form>'
_VERSION = re.compile(r'name="version" value="([^"]+)"')


@attrs.frozen
class Page:
    status: int
    headers: aiohttp.typedefs.LooseHeaders
    text: str

    @property
    def token(self) -> str:
        return _TOKEN.search(self.text)[1]

    @property
    def once(self) -> str:
        found = _ONCE.search(self.text)
        return found[1] if found else ""

    def version_of(self, path: str) -> str:
        """The version in the form that is sent to *path*, as a browser reads it."""
        form = re.search(_FORM.format(re.escape(path)), self.text, re.DOTALL)
        found = _VERSION.search(form[1]) if form else None
        return unescape(found[1]) if found else ""


@attrs.define
class Browser:
    """Keeps cookies, follows no redirect, and sends forms as pages have them."""

    client: aiohttp.ClientSession
    url: str
    email: str = ""
    org: str = ""

    async def get(self, path: str, **headers: str) -> Page:
        async with self.client.get(
            self.url + path, headers=_named(headers), allow_redirects=False
        ) as answer:
            return Page(answer.status, answer.headers, await answer.text())

    async def send(self, path: str, *, page: str = "", **fields: str) -> Page:
        """
        Opens *page* (else *path*), then sends its form with *fields*.
        """
        shown = await self.get(page or path)
        version = shown.version_of(path)
        return await self.post(
            path, **{"form_token": shown.token, "once": shown.once, "version": version, **fields}
        )

    async def post(
        self, path: str, *, headers: dict[str, str] | None = None, **fields: str
    ) -> Page:
        async with self.client.post(
            self.url + path, data=fields, headers=headers, allow_redirects=False
        ) as answer:
            return Page(answer.status, answer.headers, await answer.text())

    async def sign_up(self, name: str = "ann") -> "Browser":
        self.email = f"{name}@example.com"
        page = await self.send(
            "/sign-up", email=self.email, name=name, org_name=f"{name}'s", password=PASSWORD
        )
        assert page.headers["Location"] == "/", page.text
        self.org = (await self.get("/")).headers["Location"].split("/")[2]
        return self

    def at(self, path: str) -> str:
        return f"/o/{self.org}{path}"


@attrs.frozen
class Site:
    """
    Attributes:
        backend: Behind the frontend.
        asked: Paths that the backend was asked for, in order.
    """

    url: str
    backend: Running
    stack: AsyncExitStack
    asked: list[str]

    async def browser(self) -> Browser:
        jar = aiohttp.CookieJar(unsafe=True)  # cookies of an address that is a number
        client = await self.stack.enter_async_context(aiohttp.ClientSession(cookie_jar=jar))
        return Browser(client, self.url)

    async def person(self, name: str = "ann") -> Browser:
        """A person who signed up and in, in a browser of their own."""
        return await (await self.browser()).sign_up(name)


@asynccontextmanager
async def frontend(**settings: object) -> AsyncIterator[Site]:
    async with AsyncExitStack() as stack:
        plain = attrs.evolve(SETTINGS, **settings)
        services = await stack.enter_async_context(aldea(plain, {Part.BACKEND}))
        app = services.api.backend().app(lambda: True)
        asked: list[str] = []

        async def note(request, _response) -> None:
            asked.append(request.path)

        app.on_response_prepare.append(note)
        port = await stack.enter_async_context(serving(app, "127.0.0.1", 0))
        client = await stack.enter_async_context(
            aiohttp.ClientSession(f"http://127.0.0.1:{port}", cookie_jar=aiohttp.DummyCookieJar())
        )
        backend = Running(services, port, client)
        of_pages = attrs.evolve(plain, backend_url=backend.url)
        pages = await stack.enter_async_context(aldea(of_pages, {Part.FRONTEND}, migrates=False))
        shown = pages.frontend.frontend().app(lambda: True)
        bound = await stack.enter_async_context(serving(shown, "127.0.0.1", 0))
        yield Site(f"http://127.0.0.1:{bound}", backend, stack, asked)


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
