"""
Whose data a command is about: at a backend over HTTP, or in a database directly.

Over HTTP unless a database is named: customers have no database, and operators have it at hand. See
docs/decisions/0060-command-line.md.
"""

import functools
import os

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import attrs
import click

from entrypoints.cli.backend_client import BackendClient, Credentials, ask_backend
from entrypoints.cli.choosing import chosen
from entrypoints.cli.database import Database
from entrypoints.cli.errors import NotSignedIn
from entrypoints.cli.options import DATA, database_option, json_option, local_data_option


if TYPE_CHECKING:
    from entrypoints.containers.services import Services


_Result = TypeVar("_Result")
_ORGANISATION = "organisation"


@attrs.frozen
class Account:
    """
    What the options say about where an org's data is.

    Attributes:
        org: The org's name or id; None is the only one.
        url: A backend's address that was named.
        is_local: Whether the database is to be used.
    """

    org: str | None
    url: str | None
    as_json: bool
    data: Path = DATA
    database_url: str | None = None
    is_local: bool = False

    def credentials(self) -> Credentials:
        """
        The backend that was named, else the one of `aldea login`, else the local `aldea up`.

        A backend that was named is opened by its sign-in, else by ALDEA_API_KEY, else, where it is
        the local `aldea up`, by its first key.

        Raises:
            NotSignedIn: There is none, or nothing opens it.
        """
        from entrypoints.cli.profiles import read_profiles

        local = local_credentials(self.data)
        if self.url is None and self.data != DATA:
            if local is None:
                raise NotSignedIn(f"no `aldea up` has run with --data {self.data}")
            return local
        url = None if self.url is None else base_url(self.url)
        profile = read_profiles().of(url or "")
        if profile is not None:
            return profile.credentials
        key = os.environ.get("ALDEA_API_KEY", "")
        if url is not None and key:
            return Credentials(url, key, is_key=True, account="ALDEA_API_KEY")
        if local is not None and url in {None, local.url}:
            return local
        if url is not None:
            raise NotSignedIn(f"you are not signed in: aldea login --url {url}")
        raise NotSignedIn("you are not signed in: aldea login --url URL, or run `aldea up` here")

    def over_http(self, work: Callable[[BackendClient, str], Awaitable[_Result]]) -> _Result:
        """Runs *work* with a client of the backend and the org's id."""

        async def with_org(client: BackendClient) -> _Result:
            return await work(client, await self._org_at(client))

        return ask_backend(self.credentials(), with_org)

    def anywhere(
        self,
        over_http: Callable[[BackendClient, str], Awaitable[_Result]],
        in_database: "Callable[[Services, str], Awaitable[_Result]]",
    ) -> _Result:
        """As `over_http`; but runs *in_database* if a database is named."""

        async def at_backend(client: BackendClient) -> _Result:
            return await over_http(client, await self._org_at(client))

        async def at_database(services: "Services") -> _Result:
            return await in_database(services, await org_in(services, self.org))

        return self.without_org(at_backend, at_database)

    def without_org(
        self,
        over_http: Callable[[BackendClient], Awaitable[_Result]],
        in_database: "Callable[[Services], Awaitable[_Result]]",
    ) -> _Result:
        """As `anywhere`, for work that is about no org."""
        if self.is_local:
            database = Database(self.data, self.database_url)
            return database.run(in_database, reads_settings=True)
        return ask_backend(self.credentials(), over_http)

    async def _org_at(self, client: BackendClient) -> str:
        orgs = (await orgs_at(client))["items"]
        return str(chosen(orgs, self.org, _ORGANISATION, option="--org")["id"])


def org_items(
    name: str, query: Mapping[str, Any] | None = None, *, limit: int | None = None
) -> Callable[[BackendClient, str], Awaitable[dict[str, Any]]]:
    """Work for `Account.over_http` that lists the org's items of this *name*."""

    async def work(client: BackendClient, org: str) -> dict[str, Any]:
        return await client.items(f"/v1/orgs/{org}/{name}", query, limit=limit)

    return work


async def org_in(services: "Services", wanted: str | None) -> str:
    """
    The id of the org in a database that *wanted* names; None is the only one.

    Raises:
        CommandError: There is none like that.
    """
    from aldea_core.domain.ids import OrgId

    if wanted is not None and await services.stores.accounts().org(OrgId(wanted)):
        return wanted
    orgs = [{"id": org.id, "name": org.name} async for org in services.identity.walk_orgs()()]
    return str(chosen(orgs, wanted, _ORGANISATION, option="--org")["id"])


async def orgs_at(client: BackendClient) -> dict[str, Any]:
    """The orgs that the credentials open; an API key opens one."""
    if not client.credentials.is_key:
        return await client.items("/v1/orgs")
    projects = (await client.get("/v1/projects"))["projects"]
    items = [{"id": one["project_id"], "name": one["name"]} for one in projects]
    return {"items": items, "next": None}


def local_credentials(data: Path) -> Credentials | None:
    """The backend and the first key of the `aldea up` whose data are in *data*."""
    from entrypoints.devstack.ready import FILE, read_ready

    ready = read_ready(data / FILE)
    if not {"backend", "api_key"} <= ready.keys():
        return None
    return Credentials(ready["backend"], ready["api_key"], is_key=True, account="aldea up")


def base_url(url: str) -> str:
    """
    *url* as a backend's base address.

    Raises:
        click.BadParameter: It is not the URL of a server.
    """
    scheme, separator, rest = url.strip().partition("://")
    rest = rest.rstrip("/").removesuffix("/docs").removesuffix("/v1")
    found = f"{scheme.lower()}://{rest}"
    if not separator or not _is_address(found):
        raise click.BadParameter(
            f"{url!r} is not like https://backend.example.", param_hint="--url"
        )
    return found


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        is_reachable = bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port or an address that is none
        return False
    return (
        is_reachable and parts.scheme in {"http", "https"} and url.isprintable() and " " not in url
    )


url_option = click.option(
    "--url",
    envvar="ALDEA_BACKEND_URL",
    show_envvar=True,
    help="Base URL of the backend; else that of aldea login, else of the local aldea up.",
)


org_option = click.option("--org", metavar="NAME|ID", help="Which organisation, if several.")


def account_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options of commands that ask a backend; the command gets one `Account`."""

    @org_option
    @url_option
    @local_data_option
    @json_option
    @functools.wraps(command)
    def with_account(
        *arguments: Any, org: str | None, url: str | None, data: Path, as_json: bool, **options: Any
    ) -> Any:
        return command(*arguments, account=Account(org, url, as_json, data), **options)

    return with_account


def account_or_database_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options of commands that ask a backend, or a database that is named."""
    return org_option(without_org_options(command))


def without_org_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """As `account_or_database_options`, for commands that are about no org."""

    @url_option
    @local_data_option
    @json_option
    @click.option("--local", is_flag=True, help="Use the database directly, without a backend.")
    @database_option
    @functools.wraps(command)
    def with_account(
        *arguments: Any,
        url: str | None,
        data: Path,
        as_json: bool,
        local: bool,
        database_url: str | None,
        org: str | None = None,
        **options: Any,
    ) -> Any:
        is_local = local or database_url is not None
        named = _is_named("url")
        if is_local and named:
            raise click.UsageError(
                "--url names a backend: it goes without --local, --database-url."
            )
        if not named and os.environ.get("ALDEA_DATABASE_URL"):
            is_local = True
        account = Account(org, url, as_json, data, database_url, is_local)
        return command(*arguments, account=account, **options)

    return with_account


def _is_named(option: str) -> bool:
    source = click.get_current_context().get_parameter_source(option)
    return source is click.core.ParameterSource.COMMANDLINE
