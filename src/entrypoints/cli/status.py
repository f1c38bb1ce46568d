"""`aldea status`: which services run, whether they are well, and what to do about those that are not."""

import asyncio
import json
import sys

from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click

from entrypoints.cli.account import base_url, local_credentials, url_option
from entrypoints.cli.backend_client import Credentials
from entrypoints.cli.errors import ExitStatus, NotReachable
from entrypoints.cli.options import DATA, json_option, local_data_option
from entrypoints.cli.profiles import read_profiles
from entrypoints.cli.tables import show_json, show_table


if TYPE_CHECKING:
    import aiohttp


@attrs.frozen
class Service:
    """
    What was found at an address.

    Attributes:
        state: ready, not ready, not reachable, not signed in, or not Aldea.
        version: Of the service, if it says so.
        advice: What to do; empty if it is well.
    """

    name: str
    url: str
    state: str
    version: str = ""
    advice: str = ""


@click.command(
    epilog="\b\nExamples:\n  aldea status\n  aldea status --json\n"
    "  aldea status --url https://backend.example",
)
@json_option
@local_data_option
@url_option
def command(as_json: bool, data: Path, url: str | None) -> None:
    """
    Show what runs, whether it is well, and what to do if it is not.

    Asks the services of the local aldea up, the backends of aldea login with their APIs, and --url. The
    exit status is 3 if one cannot be reached, 1 if one is not ready, and 4 if a sign-in has ended.
    """
    wanted = _addresses(data, url)
    if not wanted:
        raise NotReachable("there is nothing to ask: run `aldea up`, or aldea login --url URL")
    found = asyncio.run(_ask_all(wanted))
    if as_json:
        show_json({"services": [attrs.asdict(service) for service in found]})
    else:
        _show(found)
    states = {service.state for service in found}
    if "not reachable" in states:
        sys.exit(ExitStatus.NOT_REACHABLE)
    if states - {"ready", "not signed in"}:
        sys.exit(ExitStatus.FAILED)
    if "not signed in" in states:
        sys.exit(ExitStatus.NOT_SIGNED_IN)


@attrs.frozen
class _Address:
    """
    Attributes:
        credentials: What opens it, if it is known; whether it still does is asked.
        asks_for_api: Whether the API's address is known from this backend alone.
        start: What to do if nothing listens there.
    """

    name: str
    url: str
    start: str
    credentials: Credentials | None = None
    asks_for_api: bool = False

    @property
    def probe(self) -> str:
        """A path that answers 401 if the credentials are not valid, or no longer."""
        is_key = self.credentials is not None and self.credentials.is_key
        return "/v1/projects" if is_key else "/v1/me"


def _addresses(data: Path, url: str | None) -> list[_Address]:
    """The local services, the backends that were signed in to, and *url*; each once."""
    found: dict[str, _Address] = {}
    local = local_credentials(data)
    if local is not None:
        start = "start it: aldea up" + ("" if data == DATA else f" --data {data}")
        for name, at in _local_services(data).items():
            found[at] = _Address(name, at, start)
        found[local.url] = _Address("backend", local.url, start, local)
    start = "check the address, and whether the service runs there"
    for profile in read_profiles().known:
        asks = profile.url not in found
        found[profile.url] = _Address("backend", profile.url, start, profile.credentials, asks)
    if url is not None:
        named = base_url(url)
        found.setdefault(named, _Address("backend", named, start, asks_for_api=True))
    return list(found.values())


def _local_services(data: Path) -> dict[str, str]:
    """Addresses of the local `aldea up`, beside its backend's."""
    from entrypoints.devstack.ready import FILE, read_ready

    ready = read_ready(data / FILE)
    return {name: ready[name] for name in ("api", "dashboard") if ready.get(name)}


async def _ask_all(addresses: list[_Address]) -> list[Service]:
    import aiohttp

    timeout = aiohttp.ClientTimeout(total=30, sock_connect=5)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        found = await asyncio.gather(*(_ask(session, address) for address in addresses))
        return [service for services in found for service in services]


async def _ask(session: "aiohttp.ClientSession", address: _Address) -> list[Service]:
    """What is at *address*; after a backend that was signed in to, the API that it names."""
    service = await _found_at(session, address)
    if address.name != "backend" or service.state != "ready" or not address.asks_for_api:
        return [service]
    _, platform = await _get(session, address, "/v1/platform")
    api = platform.get("api_url") if isinstance(platform, dict) else None
    if not api:
        return [service]
    return [service, await _found_at(session, _Address("api", api, address.start))]


async def _found_at(session: "aiohttp.ClientSession", address: _Address) -> Service:
    import aiohttp

    from entrypoints.cli.server_errors import unreachable

    try:
        status, ready = await _get(session, address, "/readyz")
        _, described = await _get(session, address, "/openapi.json")
        signed_in, _ = (
            await _get(session, address, address.probe) if address.credentials else (200, None)
        )
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        why = unreachable(address.url, error).format_message().removeprefix(f"{address.url} ")
        return Service(address.name, address.url, "not reachable", "", f"{why}; {address.start}")
    state = str(ready.get("status", "")) if isinstance(ready, dict) else ""
    version = str(described["info"]["version"]) if _is_document(described) else ""
    if not state:
        advice = f"it answers {status}, and is not of Aldea: check the address"
        return Service(address.name, address.url, "not Aldea", version, advice)
    if status != 200:
        advice = f"it is {state}: it takes no new work until it is started again"
        return Service(address.name, address.url, "not ready", version, advice)
    if signed_in == 401:
        advice = f"the sign-in has ended: aldea login --url {address.url}"
        return Service(address.name, address.url, "not signed in", version, advice)
    return Service(address.name, address.url, "ready", version)


async def _get(session: "aiohttp.ClientSession", address: _Address, path: str) -> tuple[int, Any]:
    """The status, and the JSON if it is JSON."""
    headers = {}
    if path.startswith("/v1") and address.credentials is not None:
        headers["Authorization"] = f"Bearer {address.credentials.token}"
    async with session.get(address.url + path, headers=headers, allow_redirects=False) as answer:
        body = await answer.read()
        try:
            return answer.status, json.loads(body)
        except ValueError:
            return answer.status, None


def _is_document(found: Any) -> bool:
    return (
        isinstance(found, dict)
        and isinstance(found.get("info"), dict)
        and "version" in found["info"]
    )


def _show(services: list[Service]) -> None:
    show_table(
        [
            attrs.asdict(service, filter=lambda field, _: field.name != "advice")
            for service in services
        ]
    )
    for service in services:
        if service.advice:
            click.echo(f"{service.name} {service.url}: {service.advice}")
    versions = {service.version for service in services if service.version}
    if len(versions) > 1:
        click.echo("Versions differ: read Upgrading in the changelog.")
