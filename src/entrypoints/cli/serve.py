"""`aldea serve`: one service."""

import os

import click


@click.command(
    epilog="\b\nExamples:\n  ALDEA_REDIS_URL=redis://cache:6379 aldea serve ws-proxy\n"
    "  ALDEA_ENGINE_TOKEN=secret aldea serve stt --port 8443",
)
@click.argument("service", type=click.Choice(["ws-proxy", "transcribe", "stt"]))
@click.option("--host", default="0.0.0.0", show_default=True, help="Address to listen on.")  # noqa: S104 (a container's)
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True)
def command(service: str, host: str, port: int) -> None:
    """Run one SERVICE, by settings from the environment (see: aldea settings)."""
    import uvloop

    from entrypoints import services
    from entrypoints.settings import Settings
    from entrypoints.web.log import configure_logs

    settings = Settings.read(os.environ)
    configure_logs(settings.log_level)
    uvloop.run(services.serve(service, settings, host=host, port=port))
