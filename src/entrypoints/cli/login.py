"""`aldea login`: a sign-in, or an API key, kept for the commands that ask a backend."""

import sys

from urllib.parse import urlsplit

import click

from entrypoints.cli.account import base_url, local_credentials, orgs_at, url_option
from entrypoints.cli.backend_client import BackendClient, Credentials, ask_backend
from entrypoints.cli.errors import CommandError
from entrypoints.cli.options import DATA
from entrypoints.cli.profiles import Profile, read_profiles, write_profiles
from entrypoints.cli.tables import plain


_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


@click.command(
    epilog="\b\nExamples:\n  aldea login --url https://backend.example --email ann@example.com\n"
    "  aldea login --url https://backend.example --email ann@example.com < password.txt\n"
    "  aldea login --url https://backend.example --with-key < api-key.txt",
)
@url_option
@click.option("--email", help="Your address; asked for if not given.")
@click.option("--with-key", is_flag=True, help="Sign in with an API key, not as a person.")
def command(url: str | None, email: str | None, with_key: bool) -> None:
    """
    Sign in to the backend at --url.

    The password, or the key, is asked for without showing it, or read from standard input. The
    sign-in is kept in a file that only you can read; the password is not. Commands use the backend
    that was signed in to last; --url names another one.
    """
    if with_key and email:
        raise click.UsageError("--with-key signs in without an --email.")
    credentials = Credentials(_address(url))
    _warn_of_plain_text(credentials.url)
    profile = _key(credentials.url) if with_key else _person(credentials, email)
    write_profiles(read_profiles().signed_in(profile))
    click.echo(f"Signed in to {profile.url} as {plain(profile.account)}.")


def _address(url: str | None) -> str:
    """
    Raises:
        click.UsageError: None is named, and no `aldea up` has run here.
    """
    if url is not None:
        return base_url(url)
    if (local := local_credentials(DATA)) is not None:
        return local.url
    raise click.UsageError("Name the backend with --url.")


def _warn_of_plain_text(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        click.echo(
            f"aldea: warning: {url} is not encrypted: others can read the password", err=True
        )


def _person(credentials: Credentials, email: str | None) -> Profile:
    if email is None:
        if not sys.stdin.isatty():
            raise click.UsageError("Say whose password it is with --email.")
        email = click.prompt("Email", err=True)
    body = {"email": email, "password": _secret(f"Password of {plain(email)}")}

    async def work(client: BackendClient) -> Profile:
        begun = (await client.call("POST", "/v1/sign-in", body)).document
        url, account = credentials.url, begun["user"]["email"]
        return Profile(url, begun["token"], account=account, expires=begun["expires_at"])

    return ask_backend(credentials, work)


def _key(url: str) -> Profile:
    key = _secret("API key")
    if not key.isascii() or not key.isprintable():
        raise CommandError("the key has characters in it that no key has")

    async def work(client: BackendClient) -> Profile:
        (org,) = (await orgs_at(client))["items"]
        return Profile(url, key, is_key=True, account=f"a key of {org['name']}")

    return ask_backend(Credentials(url, key, is_key=True), work)


def _secret(name: str) -> str:
    """
    A line from the terminal, not echoed, or from standard input.

    Raises:
        CommandError: It is empty.
    """
    if sys.stdin.isatty():
        secret: str = click.prompt(name, hide_input=True, err=True)
    else:
        secret = sys.stdin.readline().rstrip("\r\n")
    if not secret:
        raise CommandError(f"there is nothing on standard input: {name.lower()} was expected")
    return secret
