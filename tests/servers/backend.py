"""A real backend on a free port, in this process, with its users."""

import asyncio
import json

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import aiohttp
import attrs

from entrypoints.containers.aldea import aldea
from entrypoints.containers.services import Services
from entrypoints.http.server import serving
from entrypoints.runtime.periodic import Part
from entrypoints.settings import BundledEngine, Settings


SETTINGS = Settings(
    bundled_engine=BundledEngine.MEMORY,
    confirm_addresses=False,
    attempts_factor=1000,
    log_level="error",
)
PASSWORD = "correct horse battery"


@attrs.frozen
class Answered:
    status: int
    headers: Any
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


@attrs.define
class Person:
    """A user with a client, and a token once signed in."""

    client: aiohttp.ClientSession
    email: str = ""
    token: str = attrs.field(default="", repr=False)
    org: str = ""
    delivered: Callable[[], Awaitable[None]] | None = None

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> Answered:
        """Underscores in names of headers are hyphens."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            named.setdefault("Authorization", f"Bearer {self.token}")
        more: dict[str, Any] = {} if body is None else {"json": body}
        async with self.client.request(method, path, headers=named, **more) as answer:
            text = (await answer.read()).decode(errors="replace")
            if self.delivered is not None:
                await self.delivered()
            return Answered(answer.status, answer.headers, text)

    async def get(self, path: str, **headers: str) -> Answered:
        return await self.call("GET", path, **headers)

    async def post(self, path: str, body: Any = None, **headers: str) -> Answered:
        return await self.call("POST", path, body, **headers)

    async def change(self, method: str, path: str, body: Any = None, *, see: str = "") -> Answered:
        """With If-Match, after having looked."""
        etag = (await self.get(see or path)).headers["ETag"]
        return await self.call(method, path, body, If_Match=etag)


@attrs.frozen
class Running:
    services: Services
    port: int
    client: aiohttp.ClientSession

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def emails(self) -> list:
        """The emails of all calls so far: a call of a `Person` returns once they are sent."""
        return self.services.people.emails().posted

    async def delivered(self) -> None:
        """Sends the emails that the backend's job has not sent yet."""
        while await self.services.notifications.dispatch_events()():
            pass
        outbox, send = self.services.people.outbox(), self.services.identity.send_emails()
        async with asyncio.timeout(60):
            while (await outbox.state()).waiting:
                await send() or await asyncio.sleep(0.01)  # the job has claimed it

    def anonymous(self) -> Person:
        return Person(self.client, delivered=self.delivered)

    async def person(self, name: str = "ann") -> Person:
        """A user who signed up and in, and owns an org."""
        person = Person(self.client, f"{name}@example.com", delivered=self.delivered)
        account = {"email": person.email, "password": PASSWORD, "name": name, "org_name": name}
        assert (await person.post("/v1/sign-up", account)).status == 202
        return await self.sign_in(person)

    async def sign_in(self, person: Person) -> Person:
        credentials = {"email": person.email, "password": PASSWORD}
        person.token = (await person.post("/v1/sign-in", credentials)).json["token"]
        orgs = (await person.get("/v1/orgs")).json["items"]
        person.org = orgs[0]["id"] if orgs else ""
        return person


@asynccontextmanager
async def backend(settings: Settings = SETTINGS) -> AsyncIterator[Running]:
    async with AsyncExitStack() as stack:
        services = await stack.enter_async_context(aldea(settings, {Part.BACKEND}))
        app = services.api.backend().app(lambda: True)
        port = await stack.enter_async_context(serving(app, "127.0.0.1", 0))
        client = await stack.enter_async_context(
            aiohttp.ClientSession(f"http://127.0.0.1:{port}", cookie_jar=aiohttp.DummyCookieJar()),
        )
        yield Running(services, port, client)
