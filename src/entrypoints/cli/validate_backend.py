"""The checks of `aldea validate` that look at the backend, the sync and the dashboard."""

import asyncio
import re
import time

from typing import TYPE_CHECKING
from uuid import uuid4

from entrypoints.cli.validate_deployment import Deployment, Failed, NotChecked, require


if TYPE_CHECKING:
    import aiohttp

_FORM_TOKEN = re.compile(r'name="form_token" value="([^"]+)"')
_STRANGE_ADDRESS = "validation@invalid.example"
_AGAIN_SECONDS = 0.5
_KEY_SECONDS = 3600


def _backend(deployment: Deployment) -> str:
    if not deployment.backend:
        raise NotChecked("--backend was not given")
    return deployment.backend


async def check_backend(deployment: Deployment, session: "aiohttp.ClientSession") -> None:
    """The backend knows the key's org: so database, backend and gateways know the same keys."""
    async with session.get(
        f"{_backend(deployment)}/v1/projects", headers=deployment.auth
    ) as answer:
        require(answer.status == 200, f"status {answer.status}")
        require(len((await answer.json())["projects"]) == 1, "the key has not one project")


async def check_sign_in(deployment: Deployment, session: "aiohttp.ClientSession") -> None:
    """An unauthenticated caller is refused; a person, where one was given, is signed in and out again."""
    url = f"{_backend(deployment)}/v1/sign-in"
    wrong = {"email": _STRANGE_ADDRESS, "password": uuid4().hex}
    async with session.post(url, json=wrong) as answer:
        require(answer.status in {401, 429}, f"a caller without a key got status {answer.status}")
    if not deployment.email:
        return
    person = {"email": deployment.email, "password": deployment.password}
    async with session.post(url, json=person) as answer:
        require(answer.status == 200, f"a person got status {answer.status}")
        token = (await answer.json())["token"]
    bearer = {"Authorization": f"Bearer {token}"}
    async with session.get(f"{deployment.backend}/v1/orgs", headers=bearer) as answer:
        require(answer.status == 200, f"a signed-in person got status {answer.status}")
    async with session.post(f"{deployment.backend}/v1/sign-out", headers=bearer) as answer:
        require(answer.status in {200, 204}, f"signing out got status {answer.status}")


async def check_sync(deployment: Deployment, session: "aiohttp.ClientSession") -> None:
    """A new key is accepted by gateways, and refused once it is deleted."""
    url = f"{_backend(deployment)}/v1/projects"
    async with session.get(url, headers=deployment.auth) as answer:
        require(answer.status == 200, f"status {answer.status}")
        keys = f"{url}/{(await answer.json())['projects'][0]['project_id']}/keys"
    wanted = {
        "comment": "aldea validate",
        "scopes": ["usage:write"],
        "time_to_live_in_seconds": _KEY_SECONDS,
    }
    async with session.post(keys, headers=deployment.auth, json=wanted) as answer:
        if answer.status == 403:
            raise NotChecked("the key may make no keys")
        require(answer.status in {200, 201}, f"making a key got status {answer.status}")
        made = await answer.json()
    try:
        await _until_granted(deployment, session, made["key"], 200, "a new key is not accepted")
    finally:
        one = f"{keys}/{made['api_key_id']}"
        async with session.delete(one, headers=deployment.auth) as answer:
            deleted = answer.status
    require(deleted in {200, 204}, f"deleting the key got status {deleted}")
    await _until_granted(deployment, session, made["key"], 401, "a deleted key is still accepted")


async def _until_granted(
    deployment: Deployment, session: "aiohttp.ClientSession", key: str, wanted: int, reason: str
) -> None:
    """Asks for a browser's token, which costs nothing, until the answer is *wanted*."""
    last = time.monotonic() + deployment.patience_seconds
    while True:
        async with session.post(
            f"{deployment.api}/v1/auth/grant", headers={"Authorization": f"Token {key}"}
        ) as answer:
            status = answer.status
        if status == wanted:
            return
        if time.monotonic() > last:
            raise Failed(f"{reason} after {deployment.patience_seconds:g} s: status {status}")
        await asyncio.sleep(_AGAIN_SECONDS)


async def check_dashboard(deployment: Deployment, session: "aiohttp.ClientSession") -> None:
    """The dashboard's first page is a page; for those who are not signed in, the one to sign in."""
    if not deployment.platform:
        raise NotChecked("--platform was not given")
    async with session.get(deployment.platform) as answer:
        require(answer.status == 200, f"status {answer.status}")
        require("html" in answer.headers.get("Content-Type", ""), "it is not HTML")
        require("<title" in (await answer.text()).lower(), "the page has no title")


async def check_dashboard_sign_in(deployment: Deployment, session: "aiohttp.ClientSession") -> None:
    """A person signs in with the dashboard's form, sees the org's first page, and signs out again."""
    import aiohttp

    if not deployment.platform:
        raise NotChecked("--platform was not given")
    if not deployment.email:
        raise NotChecked("no person was given")
    site = deployment.platform
    # Of an address that is a number, too: that of `aldea up`.
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar, timeout=session.timeout) as browser:
        async with browser.get(f"{site}/sign-in") as answer:
            require(answer.status == 200, f"the page to sign in has status {answer.status}")
            token = _form_token(await answer.text())
        person = {"email": deployment.email, "password": deployment.password}
        async with browser.post(f"{site}/sign-in", data={**person, **token}) as answer:
            require(answer.status == 200, f"a person got status {answer.status}")
            require(answer.url.path.startswith("/o/"), "a person does not see their org")
            token = _form_token(await answer.text())
        async with browser.post(f"{site}/sign-out", data=token) as answer:
            require(answer.status == 200, f"signing out got status {answer.status}")
            require(answer.url.path == "/sign-in", "a person is not signed out")


def _form_token(page: str) -> dict[str, str]:
    found = _FORM_TOKEN.search(page)
    if found is None:
        raise Failed("the page has no form")
    return {"form_token": found[1]}
