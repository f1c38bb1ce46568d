"""What the client commands share: where the server is, which key opens it, and how results look."""

import json
import os

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import attrs
import click

from aldea_core.domain.subtitles import cues, srt, vtt
from aldea_core.domain.transcripts import Word
from aldea_core.protocol.frames import alternative_of


class ClientError(Exception):
    """The server cannot be used, or said no; the text is for the person at the terminal."""


@attrs.frozen
class Server:
    """A server and the key for it."""

    url: str
    key: str = attrs.field(repr=False)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Token {self.key}"}


def find_server(url: str | None, key: str | None) -> Server:
    """
    The server to talk to: as told, from the environment, or the one `aldea up` runs here.

    Raises:
        ClientError: There is no key.
    """
    url = (url or os.environ.get("ALDEA_URL") or "http://127.0.0.1:8080").rstrip("/")
    key = key or os.environ.get("ALDEA_API_KEY") or _local_key()
    if key is None:
        raise ClientError("There is no key: pass --key, set ALDEA_API_KEY, or run `aldea up` here.")
    return Server(url, key)


def _local_key() -> str | None:
    try:
        return str(json.loads(Path(".aldea/credentials.json").read_text())["api_key"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def refusal(status: int, body: str, headers: Any) -> ClientError:
    """What the server said no with, in one line."""
    try:
        message = json.loads(body).get("err_msg") or "no reason given"
    except (ValueError, AttributeError):
        message = headers.get("dg-error") or "no reason given"
    again = headers.get("Retry-After")
    hint = f" Try again in {again} seconds." if again else ""
    return ClientError(f"the server said {status}: {message}{hint}")


def query_of(
    model: str | None,
    language: str | None,
    parameters: Sequence[str],
) -> list[tuple[str, str]]:
    """
    The options of a command as query parameters.

    Raises:
        click.BadParameter: One of *parameters* is not name=value.
    """
    query = [("smart_format", "true")]
    for parameter in parameters:
        name, equals, value = parameter.partition("=")
        if not equals:
            raise click.BadParameter(f"{parameter!r} is not name=value", param_hint="--param")
        query.append((name, value))
    if model:
        query.append(("model", model))
    if language:
        query.append(("language", language))
    return query


def render(words: Sequence[Word], text: str, style: str) -> str:
    """A transcript as text, srt or vtt."""
    match style:
        case "srt":
            return srt(cues(words))
        case "vtt":
            return vtt(cues(words))
        case _:
            return text + "\n"


def words_of(alternatives: Sequence[dict[str, Any]]) -> list[Word]:
    return [word for said in alternatives for word in alternative_of(said).words]


_Command = TypeVar("_Command", bound=Callable[..., Any])


def client_options(command: _Command) -> _Command:
    """The options that every client command has."""
    for option in (
        click.option("--param", "parameters", multiple=True, help="Further name=value parameters."),
        click.option("--language", help="Language of the audio, such as en-US."),
        click.option("--model", help="Model to listen with."),
        click.option("--key", help="API key; better in ALDEA_API_KEY."),
        click.option("--url", help="Server; else ALDEA_URL, else the local `aldea up`."),
    ):
        command = option(command)
    return command
