"""
A frontend and a backend, each in a process of its own, on PostgreSQL and Redis; and a person who owns
an organisation with much usage.
"""

import os
import re
import sys

from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

import aiohttp
import attrs
import structlog

from aldea_core.domain.access.keys import KeyDraft
from benchmarks.overview import fill
from benchmarks.processes import free_port, running, wait_until_open
from entrypoints.containers.aldea import aldea
from entrypoints.containers.services import Services
from entrypoints.settings import Settings


EMAIL, PASSWORD = "marta@example.com", "four words are enough"
_TOKEN = re.compile(r'name="form_token" value="([^"]+)"')
_KEYS = ("Driver app", "Dispatch desk", "Call archive", "Gate kiosks", "Staging")
DAYS = 60


@attrs.frozen
class Site:
    """
    Attributes:
        services: The same stores, for what the benchmark puts in them.
        frontend: The frontend's process id.
        backend: The backend's process id.
        cookie: The browser's session, as a header.
        key_ids: Keys of the organisation.
    """

    url: str
    services: Services
    frontend: int
    backend: int
    cookie: str
    org: str
    key_ids: list[str]


@asynccontextmanager
async def serving(database: str, redis: str, records: int) -> AsyncIterator[Site]:
    """
    The two services, with *records* of usage.

    Args:
        database: PostgreSQL's URL.
        redis: Redis' URL.
    """
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    settings = Settings(database_url=database, redis_url=redis, log_level="error")
    async with aldea(settings, ()) as services:
        with ExitStack() as stack:
            backend_port, port = free_port(), free_port()
            backend_url, url = (f"http://127.0.0.1:{one}" for one in (backend_port, port))
            environment = {
                **{
                    name: text for name, text in os.environ.items() if not name.startswith("ALDEA_")
                },
                "ALDEA_DATABASE_URL": database,
                "ALDEA_REDIS_URL": redis,
                "ALDEA_BACKEND_URL": backend_url,
                "ALDEA_PUBLIC_BACKEND_URL": backend_url,
                "ALDEA_PUBLIC_API_URL": "http://127.0.0.1:8080",
                "ALDEA_DASHBOARD_URL": url,
                "ALDEA_FRONTEND_SECRET": "of the benchmark, 32 bytes or more",
                "ALDEA_CONFIRM_ADDRESSES": "no",
                "ALDEA_ATTEMPTS_FACTOR": "1000",
                "ALDEA_LOG_LEVEL": "error",
                "ALDEA_METRICS_PORT": "0",
            }
            processes = [
                stack.enter_context(running(_command(service, at), env=environment))
                for service, at in (("backend", backend_port), ("frontend", port))
            ]
            wait_until_open(backend_port, within=120)
            wait_until_open(port, within=120)
            cookie, org = await _sign_up(url)
            keys = await _furnish(services, org)
            for number, key_id in enumerate(keys):
                await fill(database, org, key_id, records // len(keys), DAYS, part=number)
            yield Site(url, services, processes[1].pid, processes[0].pid, cookie, org, keys)


def _command(service: str, port: int) -> list[str]:
    aldea_command = str(Path(sys.executable).with_name("aldea"))
    return [aldea_command, "serve", service, "--host", "127.0.0.1", "--port", str(port)]


async def _furnish(services: Services, org: str) -> list[str]:
    """Makes the person an operator, and keys of the organisation, whose ids it returns."""
    user = await services.people.users().of_email(EMAIL)
    assert user is not None
    await services.people.users().put(attrs.evolve(user, is_operator=True))
    made = [
        await services.identity.create_key()(org, KeyDraft(name, scopes=frozenset({"usage:write"})))
        for name in _KEYS
    ]
    return [key.id for key, _ in made]


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
