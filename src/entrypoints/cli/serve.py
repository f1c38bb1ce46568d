"""`aldea serve`: one service."""

import os
import sys

from typing import TYPE_CHECKING

import click


if TYPE_CHECKING:
    from entrypoints.settings import Settings


# Service → what it does, as help has it.
SERVICES = {
    "ws-proxy": "takes live streams",
    "transcribe": "takes files, and makes short-lived tokens",
    "gateway": "is ws-proxy and transcribe together, on one port",
    "stt": "is an engine: it recognises speech",
    "backend": "has accounts, keys, usage and billing, over HTTP",
    "frontend": "is the dashboard",
    "db-sync": "sends changes to the queue, and usage to the ledger",
    "org-sync": "copies changes from the queue to Redis; on AWS it is a Lambda",
}
_HELP = (
    "Run one SERVICE, by settings from the environment (see: aldea settings).\n\n\b\n"
    + "\n".join(f"{name:<11} {does}" for name, does in SERVICES.items())
)


@click.command(
    help=_HELP,
    epilog="\b\nExamples:\n  ALDEA_REDIS_URL=redis://cache:6379 aldea serve ws-proxy --workers 4\n"
    "  ALDEA_ENGINE_TOKEN=secret aldea serve stt --port 8443",
)
@click.argument("service", metavar="SERVICE", type=click.Choice(tuple(SERVICES)))
@click.option("--host", default="0.0.0.0", show_default=True, help="Address to listen on.")  # noqa: S104 (a container's)
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True)
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    default=1,
    show_default=True,
    help="Processes on that port; stt has its own.",
)
def command(service: str, host: str, port: int, workers: int) -> None:
    """The service runs until a signal stops it."""
    import entrypoints.containers.lean  # noqa: F401

    from entrypoints.cli.umask import PRIVATE
    from entrypoints.runtime.log import configure_logs
    from entrypoints.settings import Settings

    os.umask(PRIVATE)
    settings = Settings.read(os.environ)
    configure_logs(settings.log_level)
    if service == "stt":
        _check_engine(settings)
    if service == "frontend" and not settings.backend_url:
        raise click.UsageError("The frontend needs the backend's address: ALDEA_BACKEND_URL.")
    if workers == 1:
        _serve(service, settings, host, port, reuse_port=False)
        return
    if settings.protect_task:
        raise click.UsageError("A task that is protected has one worker: ALDEA_PROTECT_TASK.")
    if service == "org-sync":
        raise click.UsageError("org-sync is one process, as a Lambda is.")
    if service == "db-sync":
        raise click.UsageError("db-sync is one process; start another one to share its work.")
    if service == "frontend":
        if not settings.frontend_secret:
            raise click.UsageError("Several workers share sign-ins by ALDEA_FRONTEND_SECRET.")
    elif not settings.redis_url and service != "stt":
        raise click.UsageError("Several workers share keys and limits by Redis: ALDEA_REDIS_URL.")
    sys.exit(_serve_many(service, settings, host, port, workers))


def _check_engine(settings: "Settings") -> None:
    """
    Raises:
        CommandError: With these settings any host on the network could use the engine.
    """
    from entrypoints.cli.errors import CommandError
    from entrypoints.settings import Environment

    if settings.env is not Environment.LOCAL and not settings.engine_token:
        raise CommandError(
            f"ALDEA_ENGINE_TOKEN is missing, and ALDEA_ENV is {settings.env.value}: without a token "
            "an engine serves every client that reaches it. Set the same token as on the gateways."
        )


def _serve(service: str, settings: "Settings", host: str, port: int, *, reuse_port: bool) -> None:
    import uvloop

    if service in {"backend", "frontend"}:
        from entrypoints.services import platform

        chosen = platform.BACKEND if service == "backend" else platform.FRONTEND
        uvloop.run(platform.serve(chosen, settings, host=host, port=port, reuse_port=reuse_port))
        return
    if service == "db-sync":
        from entrypoints.db_sync import service as db_sync

        uvloop.run(db_sync.serve(settings, host=host, port=port))
        return
    if service == "org-sync":
        from entrypoints.lambdas import service as org_sync

        uvloop.run(org_sync.serve(settings, host=host, port=port))
        return
    from entrypoints.services import gateway

    uvloop.run(gateway.serve(service, settings, host=host, port=port, reuse_port=reuse_port))


def _serve_many(service: str, settings: "Settings", host: str, port: int, count: int) -> int:
    import tempfile

    from entrypoints.cli.errors import CommandError
    from entrypoints.runtime.workers import Workers, reserved_port

    with tempfile.TemporaryDirectory(prefix="aldea-metrics-") as folder:
        # Set before the library is imported, which reads it once.
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        from prometheus_client import multiprocess

        try:
            with reserved_port(host, port) as reserved:
                workers = Workers(
                    lambda: _serve(service, settings, host, reserved, reuse_port=True),
                    multiprocess.mark_process_dead,
                )
                return workers.run(count)
        except OSError as error:
            raise CommandError(f"Port {port} on {host} cannot be used: {error.strerror}") from None
