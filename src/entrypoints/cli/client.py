"""What the client commands share: the server's address, its key, and query parameters."""

import functools

from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import click

from entrypoints.cli.errors import CommandError, NotSignedIn
from entrypoints.cli.options import key_option, ready_file_option
from entrypoints.devstack.ready import read_ready


FORMATS = ("text", "json", "srt", "vtt")
LOCAL_URL = "http://127.0.0.1:8080"


@attrs.frozen
class KnownServer:
    """A server and the key for it."""

    url: str
    key: str = attrs.field(repr=False)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Token {self.key}"}

    @property
    def listen_url(self) -> str:
        return f"{self.url}/v1/listen"


@attrs.frozen
class ClientOptions:
    """
    What the options of a client command say.

    Attributes:
        style: One of `FORMATS`.
    """

    style: str
    url: str | None
    key: str | None = attrs.field(repr=False)
    ready_file: Path
    model: str | None
    language: str | None
    parameters: tuple[str, ...]

    def server(self) -> KnownServer:
        """As `find_server`."""
        return find_server(self.url, self.key, self.ready_file)

    def query(self) -> list[tuple[str, str]]:
        """
        The options as query parameters.

        Raises:
            click.BadParameter: One of `parameters` is not name=value.
        """
        query = []
        for parameter in self.parameters:
            name, equals, value = parameter.partition("=")
            if not equals or not name:
                raise click.BadParameter(f"{parameter!r} is not NAME=VALUE.", param_hint="--param")
            query.append((name, value))
        if self.model:
            query.append(("model", self.model))
        if self.language:
            query.append(("language", self.language))
        if not any(name == "smart_format" for name, _ in query):
            query.append(("smart_format", "true"))
        return query


def client_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that every client command has; the command gets them as one `ClientOptions`."""

    @click.option(
        "--format",
        "style",
        type=click.Choice(FORMATS),
        default="text",
        show_default=True,
        help="What to write; json is what the server says.",
    )
    @click.option(
        "--url",
        envvar="ALDEA_URL",
        show_envvar=True,
        help="Any server of Aldea's or Deepgram's API.",
    )
    @key_option("API key")
    @ready_file_option("--url")
    @click.option("--model", help="Model to recognise speech with.")
    @click.option("--language", help="Language of the audio, such as en-US.")
    @click.option(
        "--param",
        "parameters",
        multiple=True,
        metavar="NAME=VALUE",
        help="Any other parameter of the API; may be repeated.",
    )
    @functools.wraps(command)
    def with_client(*arguments: Any, **options: Any) -> Any:
        named = {field.name: options.pop(field.name) for field in attrs.fields(ClientOptions)}
        return command(*arguments, client=ClientOptions(**named), **options)

    return with_client


def find_server(url: str | None, key: str | None, ready_file: Path) -> KnownServer:
    """
    The server that is named, else the one that `aldea up` runs here, else the one of `aldea login`.

    A key is never sent to another server than its own.

    Raises:
        NotSignedIn: There is no server, or no key for it.
        CommandError: The URL or the key is malformed.
    """
    known_url, known_key = _local(ready_file)
    if url is None and known_url is None:
        known_url, known_key = _signed_in()
    if url is None:
        url = known_url or LOCAL_URL
        if known_url is None and key is None:
            raise NotSignedIn(
                f"no server is known: run `aldea up` here ({ready_file} names it), sign in with "
                "`aldea login --url`, or name one with --url and --key",
            )
    url = _proper(url)
    if key is None and url == known_url:
        key = known_key
    if not key:
        raise NotSignedIn(
            f"there is no key for {url}: give one with --key or in ALDEA_API_KEY (aldea keys create "
            "makes one)"
        )
    if not key.isascii() or not key.isprintable():
        raise CommandError("the key has characters in it that no key has")
    return KnownServer(url, key)


def _local(ready_file: Path) -> tuple[str | None, str | None]:
    ready = read_ready(ready_file)
    if not {"api", "api_key"} <= ready.keys():
        return None, None
    return _proper(ready["api"]), ready["api_key"]


def _signed_in() -> tuple[str | None, str | None]:
    """The API of the backend of `aldea login`, and the key if that is what was signed in with."""
    from entrypoints.cli.backend_client import ask_backend
    from entrypoints.cli.profiles import read_profiles

    profile = read_profiles().of()
    if profile is None:
        return None, None
    platform = ask_backend(profile.credentials, lambda backend: backend.get("/v1/platform"))
    api = platform["api_url"]
    return _proper(api) if api else None, profile.token if profile.is_key else None


def _proper(url: str) -> str:
    """
    *url* as a base address: with HTTP's scheme, and without the API's path.

    Raises:
        CommandError: It is not the URL of a server.
    """
    scheme, separator, rest = url.partition("://")
    scheme = {"ws": "http", "wss": "https"}.get(scheme.lower(), scheme.lower())
    rest = rest.rstrip("/").removesuffix("/v1/listen")
    if not separator or scheme not in {"http", "https"} or not rest:
        raise CommandError(f"the server's URL must be like {LOCAL_URL}, and is {url!r}")
    return f"{scheme}://{rest}"
