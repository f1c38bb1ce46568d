"""`aldea up`: everything on this machine, in one command."""

import os
import sys

from pathlib import Path
from typing import TYPE_CHECKING

import click


if TYPE_CHECKING:
    from entrypoints.embedded import Ready


@click.command(
    epilog="\b\nExamples:\n  aldea up\n  aldea up --api-port 9000 --data ~/aldea-data\n"
    "  aldea up --engine-url http://gpu-1:8443 --engine-token secret",
)
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(".aldea"),
    show_default=True,
    help="Where orgs, keys and usage are kept.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--api-port",
    type=click.IntRange(0, 65535),
    default=8080,
    show_default=True,
    help="Port of the API; 0 takes any free one.",
)
@click.option(
    "--ready-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Written as JSON once it serves: api, org_id, api_key.",
)
@click.option("--engine-url", help="A Deepgram- or OpenAI-compatible server to listen instead.")
@click.option("--engine-token", help="Its token; better in ALDEA_ENGINE_TOKEN.")
@click.option(
    "--whisper-model",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Directory of a faster-whisper model to listen instead.",
)
@click.option("--log-level", default="warning", show_default=True, help="debug to error.")
def command(
    data: Path,
    host: str,
    api_port: int,
    ready_file: Path | None,
    engine_url: str | None,
    engine_token: str | None,
    whisper_model: Path | None,
    log_level: str,
) -> None:
    """
    Run everything on this machine: the API, its keys, and a speech engine.

    The bundled engine is for trying: it hears clear synthetic voices well and real rooms poorly.
    Put a real one behind it with --engine-url or --whisper-model.
    """
    import uvloop

    from entrypoints import embedded
    from entrypoints.settings import Settings
    from entrypoints.web.log import configure_logs

    environ = dict(os.environ)
    environ.setdefault("ALDEA_ALLOW_PRIVATE_URLS", "true")
    environ.setdefault("ALDEA_DRAIN_SECONDS", "3")
    environ.setdefault("ALDEA_DRAIN_SPREAD_SECONDS", "0")
    for name, value in (
        (
            "ALDEA_WS_ENGINES",
            None if engine_url and engine_url.startswith("openai+") else engine_url,
        ),
        ("ALDEA_FILE_ENGINES", engine_url),
        ("ALDEA_ENGINE_TOKEN", engine_token),
        ("ALDEA_WHISPER_MODEL", str(whisper_model) if whisper_model else None),
        ("ALDEA_LOG_LEVEL", log_level),
    ):
        if value:
            environ[name] = value
    settings = Settings.read(environ)
    configure_logs(settings.log_level, readable=True)

    def on_ready(ready: "Ready") -> None:
        if ready_file is not None:
            embedded.write_private(ready_file, ready.document())
        _show(ready, data, bundled=not (settings.ws_engines or settings.whisper_model))

    click.echo("Starting Aldea …", err=True)
    uvloop.run(
        embedded.run(settings, data_dir=data, host=host, port=api_port, on_ready=on_ready),
    )
    click.echo("Aldea has stopped.", err=True)


def _show(ready: "Ready", data: Path, *, bundled: bool) -> None:
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True)
    websocket = ready.api_url.replace("http", "ws", 1)
    sample = Path("samples/hello.wav")
    audio = sample if sample.exists() else Path("YOUR-FILE.wav")
    long_sample = Path("samples/story.wav")
    console.print(f"\n[bold]Aldea is up.[/] Data is in {data.resolve()}\n")
    console.print(f"  Files    {ready.api_url}/v1/listen")
    console.print(f"  Live     {websocket}/v1/listen")
    console.print(f"  Org      {ready.org_id}")
    console.print(f"  Key      [bold]{ready.api_key.reveal()}[/]")
    console.print("\nTry it:\n")
    console.print(
        f'  curl -H "Authorization: Token {ready.api_key.reveal()}" \\\n'
        f"    --data-binary @{audio} {ready.api_url}/v1/listen\n",
        markup=False,
    )
    program = _program()
    if long_sample.exists():
        console.print(f"  {program} listen {long_sample}\n", markup=False)
    if bundled:
        console.print(
            "[dim]The bundled engine is for trying: it hears clear synthetic voices well,\n"
            "real rooms poorly. See --engine-url and --whisper-model.[/]",
        )
    console.print("[dim]Ctrl-C stops it.[/]\n")
    sys.stdout.flush()


def _program() -> str:
    local = Path(".venv/bin/aldea")
    return str(local) if local.exists() and not os.environ.get("VIRTUAL_ENV") else "aldea"
