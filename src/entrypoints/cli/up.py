"""`aldea up`: everything on this machine, in one command."""

import os

from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from entrypoints.cli.models import complete_local
from entrypoints.cli.options import data_option, port_option, warn_of_secret


if TYPE_CHECKING:
    from entrypoints.devstack.ready import Ready
    from entrypoints.settings import Settings


_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
_ADDRESSES = ("127.0.0.1", "[::1]")  # of localhost, in URLs


def _checked_engines(_ctx: click.Context, _: click.Parameter, urls: str | None) -> str | None:
    """
    Raises:
        click.BadParameter: The setting for engines would not take *urls*.
    """
    from entrypoints.configuration.values import engines

    try:
        engines(urls or "")
    except ValueError as error:
        raise click.BadParameter(f"{urls!r} is not {error}") from None
    return urls


@click.command(
    epilog="\b\nExamples:\n  aldea up\n  aldea up --full\n  aldea up --api-port 9000 --data ~/aldea-data\n"
    "  aldea up --whisper-model small.en\n"
    "  ALDEA_ENGINE_TOKEN=secret aldea up --engine-url http://gpu-1:8443",
)
@data_option("Where orgs, keys and usage are kept.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@port_option("--api-port", 8080, "the API")
@click.option(
    "--full",
    is_flag=True,
    help="As in production: PostgreSQL, Redis, SQS, and every service its own process.",
)
@port_option("--backend-port", 8081, "the backend")
@port_option("--frontend-port", 8082, "the dashboard")
@click.option("--redis-cluster", is_flag=True, help="Three Redis nodes, with --full.")
@click.option(
    "--ready-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Written as JSON once it serves: addresses, org, key and sign-in.",
)
@click.option(
    "--engine-url",
    callback=_checked_engines,
    help="A Deepgram- or OpenAI-compatible engine to use instead.",
)
@click.option(
    "--engine-token",
    callback=warn_of_secret("ALDEA_ENGINE_TOKEN"),
    help="Its token; better in ALDEA_ENGINE_TOKEN.",
)
@click.option(
    "--whisper-model",
    metavar="NAME|DIRECTORY",
    shell_complete=complete_local,
    help="Recognise with this Whisper model; see: aldea models list.",
)
@click.option("--log-level", default="warning", show_default=True, help="debug to error.")
def command(
    data: Path,
    host: str,
    api_port: int,
    full: bool,
    backend_port: int,
    frontend_port: int,
    redis_cluster: bool,
    ready_file: Path | None,
    engine_url: str | None,
    engine_token: str | None,
    whisper_model: str | None,
    log_level: str,
) -> None:
    """
    Run everything on this machine: the API, its keys, and a speech engine.

    Speech is recognised by Whisper where it is installed, else by PocketSphinx, which is for trying.
    A larger model recognises more: --whisper-model. Engines elsewhere are named by --engine-url.
    """
    import entrypoints.containers.lean  # noqa: F401

    from entrypoints.cli.umask import PRIVATE
    from entrypoints.devstack.folder_lock import claimed
    from entrypoints.devstack.network_ports import free_port
    from entrypoints.settings import Settings

    if not host or not host.isascii():
        raise click.UsageError("--host is an address or a name of this machine.")
    if redis_cluster and not full:
        raise click.UsageError("--redis-cluster goes with --full.")
    os.umask(PRIVATE)
    frontend_port = frontend_port or free_port()  # emails and settings name its address
    asked = {
        "ALDEA_WS_ENGINES": None if _is_for_files(engine_url) else engine_url,
        "ALDEA_FILE_ENGINES": engine_url,
        "ALDEA_ENGINE_TOKEN": engine_token,
        "ALDEA_WHISPER_MODEL": whisper_model,
        "ALDEA_LOG_LEVEL": log_level,
    }
    environ = with_defaults(os.environ, host, data, frontend_port)
    environ |= {name: value for name, value in asked.items() if value}
    settings = Settings.read(environ)
    engine = None if settings.ws_engines and settings.file_engines else _chosen(settings, environ)
    on_ready = _ready_printer(data, ready_file, engine)
    with claimed(data) as held:
        click.echo("Starting Aldea …", err=True)
        if full:
            from entrypoints.cli.up_full import run_full
            from entrypoints.devstack.run import UpOptions

            options = UpOptions(
                environ, data / "full", host, api_port, backend_port, frontend_port, redis_cluster
            )
            run_full(options, held, on_ready)
        else:
            _run_small(settings, data, host, (api_port, backend_port, frontend_port), on_ready)
    click.echo("Aldea has stopped.", err=True)


def with_defaults(
    environ: Mapping[str, str], host: str, data: Path, frontend_port: int = 8082
) -> dict[str, str]:
    """*environ* with the defaults of a single machine, which *environ* overrides."""
    from entrypoints.devstack.network_ports import reached

    dashboard = environ.get("ALDEA_DASHBOARD_URL") or f"http://{reached(host)}:{frontend_port}"
    defaults = {
        "ALDEA_DASHBOARD_URL": dashboard,
        # Its pages may call the API and the backend.
        "ALDEA_DASHBOARD_ORIGINS": ",".join(_origins_of(dashboard)),
        "ALDEA_DRAIN_SECONDS": "3",
        "ALDEA_DRAIN_SPREAD_SECONDS": "0",
        "ALDEA_CONFIRM_ADDRESSES": "false",
        "ALDEA_LETTERS_DIR": str(data / "letters"),
        "ALDEA_MODELS_DIR": str(data / "models"),
    }
    if host in _LOOPBACK:  # else remote callers could reach this machine's private addresses
        defaults["ALDEA_ALLOW_PRIVATE_URLS"] = "true"
    return defaults | dict(environ)


def _is_for_files(engine_url: str | None) -> bool:
    """Whether the engine's protocol has no live streams."""
    return engine_url is not None and engine_url.startswith("openai+")


def _origins_of(url: str) -> list[str]:
    """The origin of pages at *url*; this machine has two names."""
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}"
    names = [origin, *(origin.replace(f"//{address}", "//localhost") for address in _ADDRESSES)]
    return list(dict.fromkeys(names))


def _run_small(
    settings: "Settings",
    data: Path,
    host: str,
    ports: tuple[int, int, int],
    on_ready: "Callable[[Ready], None]",
) -> None:
    import uvloop

    from entrypoints.devstack import embedded
    from entrypoints.runtime.log import configure_logs

    configure_logs(settings.log_level, readable=True)
    port, backend_port, frontend_port = ports
    uvloop.run(
        embedded.run(
            settings,
            data_dir=data,
            host=host,
            port=port,
            backend_port=backend_port,
            frontend_port=frontend_port,
            on_ready=on_ready,
        ),
    )


def _chosen(settings: "Settings", environ: dict[str, str]) -> str:
    """Which bundled engine is used and why; *environ* then names its model for all services."""
    from entrypoints.factories.bundled import chosen_engine

    choice = chosen_engine(settings)
    if choice.model is not None:
        environ["ALDEA_WHISPER_MODEL"] = str(choice.model.folder)
    return choice.about


def _ready_printer(
    data: Path, ready_file: Path | None, engine: str | None
) -> "Callable[[Ready], None]":
    """The callback for when it serves."""
    from entrypoints.cli import hints
    from entrypoints.devstack.ready import write_private

    def on_ready(ready: "Ready") -> None:
        # A closed standard output must not end the service; Rich would end the process.
        with suppress(OSError, SystemExit):
            hints.show(ready, data, engine=engine)
        if ready_file is not None:  # last, since programs wait for this file
            write_private(ready_file, ready.document())

    return on_ready
