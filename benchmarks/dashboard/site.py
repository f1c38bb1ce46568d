"""A frontend and a backend on PostgreSQL, and a person who owns an organisation with much usage."""

import re

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
import attrs
import structlog

from adapters.postgres.engine import connect
from adapters.postgres.migrate import migrate
from benchmarks.overview import fill
from entrypoints.containers.aldea import aldea
from entrypoints.containers.services import Services
from entrypoints.http.server import serving
from entrypoints.runtime.periodic import Part
from entrypoints.settings import BundledEngine, Settings


EMAIL, PASSWORD = "marta@example.com", "four words are enough"
_TOKEN = re.compile(r'name="form_token" value="([^"]+)"')
_KEYS = ("Driver app", "Dispatch desk", "Call archive", "Gate kiosks", "Staging")
DAYS = 60


@attrs.frozen
class Site:
    """
    Attributes:
        cookie: The browser's session, as a header.
        key_ids: Keys of the organisation.
    """

    url: str
    services: Services
    cookie: str
    org: str
    key_ids: list[str]


@asynccontextmanager
async def running(database: str, records: int) -> AsyncIterator[Site]:
    engine = connect(database)
    await migrate(engine)
    await engine.dispose()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    settings = Settings(
        database_url=database,
        bundled_engine=BundledEngine.MEMORY,
        log_level="error",
        confirm_addresses=False,
        attempts_factor=1000,
    )
    async with AsyncExitStack() as stack:
        services = await stack.enter_async_context(aldea(settings, {Part.BACKEND}))
        port = await stack.enter_async_context(
            serving(services.api.backend().app(lambda: True), "127.0.0.1", 0)
        )
        of_pages = attrs.evolve(settings, backend_url=f"http://127.0.0.1:{port}")
        pages = await stack.enter_async_context(aldea(of_pages, {Part.FRONTEND}, migrates=False))
        shown = pages.frontend.frontend().app(lambda: True)
        bound = await stack.enter_async_context(serving(shown, "127.0.0.1", 0))
        url = f"http://127.0.0.1:{bound}"
        cookie, org = await _sign_up(url)
        user = await services.people.users().of_email(EMAIL)
        assert user is not None
        await services.people.users().put(attrs.evolve(user, is_operator=True))
        keys = []
        for name in _KEYS:
            key, _ = await services.identity.create_key()(
                org, name, scopes=frozenset({"usage:write"})
            )
            keys.append(key.id)
        for number, key_id in enumerate(keys):
            await fill(database, org, key_id, records // len(keys), DAYS, part=number)
        yield Site(url, services, cookie, org, keys)


async def _sign_up(url: str) -> tuple[str, str]:
    """The session's cookie, and the organisation of the person."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(url, cookie_jar=jar) as client:
        async with client.get("/sign-up") as page:
            found = _TOKEN.search(await page.text())
        assert found
        form = {
            "form_token": found[1],
            "email": EMAIL,
            "name": "Marta Ruiz",
            "org_name": "Puerto Norte",
            "password": PASSWORD,
        }
        async with client.post("/sign-up", data=form) as page:
            org = page.url.path.split("/")[2]
        cookies = jar.filter_cookies(page.url)
        return "; ".join(f"{name}={one.value}" for name, one in cookies.items()), org
