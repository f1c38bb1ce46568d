"""
Which services run, and each one's environment: only the settings and secrets it needs.

The gateway is ws-proxy and transcribe in one process, since clients use one address for both and no
load balancer routes them by path here.
"""

import os
import secrets

from collections.abc import Callable, Mapping
from pathlib import Path

import attrs

from adapters.local_servers.server import free_port
from entrypoints.configuration.values import SECRET_BYTES
from entrypoints.devstack.network_ports import reached, with_addresses
from entrypoints.devstack.parts import Service
from entrypoints.devstack.watchdog import Watchdog
from entrypoints.settings import Settings, variable


SYNC = ("db-sync", "org-sync")
HANDLERS = ("gateway", "backend", "frontend")

# Settings that are not passed on to all services: addresses of stores and engines, and the
# gateways' secrets.
_PLACES = ("org_sync_queue_url", "ws_engines", "file_engines", "metrics_port")
_OF_OTHERS = {"redis_url", "database_url", "engine_token", "grant_secret", "frontend_secret"}

# As many as each gateway has in production.
_ENGINES = 2
# Seconds to stop, in addition to the drain's.
_PATIENCE_SECONDS = 10.0


@attrs.frozen
class Topology:
    """
    Args:
        environ: The environment of all services, without settings of stores and engines.
        folder: Where services keep their data.
        host: Where the API, the backend and the frontend listen; everything else is on loopback.
    """

    environ: Mapping[str, str]
    settings: Settings
    folder: Path
    host: str
    api_port: int
    backend_port: int
    frontend_port: int
    watchdog: Watchdog
    say: Callable[[str, str], None]
    engine_ports: tuple[int, ...] = attrs.field(init=False)
    sync_ports: tuple[int, int] = attrs.field(
        init=False, factory=lambda: (free_port(), free_port())
    )
    made_up: Mapping[str, str] = attrs.field(init=False, repr=False)

    @engine_ports.default
    def _engine_ports(self) -> tuple[int, ...]:
        """Ports of local engines; none if the settings name engines for both streams and files."""
        if self.settings.ws_engines and self.settings.file_engines:
            return ()
        # A Whisper model uses the whole machine.
        count = 1 if self.settings.whisper_model else _ENGINES
        return tuple(free_port() for _ in range(count))

    @made_up.default
    def _made_up(self) -> Mapping[str, str]:
        return {name: secrets.token_urlsafe(SECRET_BYTES) for name in ("engine", "grant")}

    @property
    def api_url(self) -> str:
        return f"http://{reached(self.host)}:{self.api_port}"

    @property
    def backend_url(self) -> str:
        return f"http://{reached(self.host)}:{self.backend_port}"

    @property
    def frontend_url(self) -> str:
        return f"http://{reached(self.host)}:{self.frontend_port}"

    def engines(self) -> list[Service]:
        cores = os.cpu_count() or 1
        workers = self.settings.bundled_workers or max(1, cores // max(1, len(self.engine_ports)))
        return [
            self._service(
                f"stt-{n}",
                "stt",
                port,
                {"engine_token": self._engine_token, "bundled_workers": str(workers)},
            )
            for n, port in enumerate(self.engine_ports, 1)
        ]

    def sync(self, stores: Settings, credentials: Mapping[str, str]) -> list[Service]:
        """
        The services that sync the database to Redis, and usage back.

        Args:
            stores: Settings that name the stores.
            credentials: The queue's credentials, as environment variables.
        """
        shared = {
            "database_url": stores.database_url,
            "redis_url": stores.redis_url,
            "org_sync_queue_url": stores.org_sync_queue_url,
            **self._of_the_backend,
        }
        return [
            self._service(name, name, port, shared, credentials)
            for name, port in zip(SYNC, self.sync_ports, strict=True)
        ]

    def handlers(self, stores: Settings) -> list[Service]:
        """The services for clients: the gateway and the backend; and for people: the frontend."""
        engines = {
            "ws_engines": self._engine_urls(self.settings.ws_engines),
            "file_engines": self._engine_urls(self.settings.file_engines),
            "engine_token": self._engine_token,
            "redis_url": stores.redis_url,
        }
        known = with_addresses(self.settings, api_url=self.api_url, backend_url=self.backend_url)
        gateway = {
            "grant_secret": self.settings.grant_secret or self.made_up["grant"],
            "backend_url": known.backend_url,
            "spool_dir": self.settings.spool_dir or str(self.folder / "spool"),
        }
        public = {
            "public_api_url": known.public_api_url,
            "public_backend_url": known.public_backend_url,
        }
        backend = {
            "grant_secret": gateway["grant_secret"],
            "database_url": stores.database_url,
            **public,
            **self._of_the_backend,
        }
        frontend = {
            "backend_url": self.backend_url,
            "frontend_secret": self.settings.frontend_secret,
            **public,
        }
        return [
            self._service(name, name, port, own | {"metrics_port": metrics_port})
            for name, port, own, metrics_port in (
                ("gateway", self.api_port, engines | gateway, self._metrics_port(0)),
                ("backend", self.backend_port, engines | backend, self._metrics_port(1)),
                ("frontend", self.frontend_port, frontend, self._metrics_port(2)),
            )
        ]

    def _metrics_port(self, offset: int) -> str:
        """
        A port for a service's `/metrics`, if the settings ask for one; else empty. Other services
        are on loopback with all that they serve.
        """
        asked = self.settings.metrics_port
        return str(asked + offset) if asked else ""

    @property
    def _of_the_backend(self) -> dict[str, str]:
        """Secrets of payments and email."""
        return {name: getattr(self.settings, name) for name in _secrets() - _OF_OTHERS}

    @property
    def _engine_token(self) -> str:
        """The token of all engines, local and named ones: it is one setting."""
        if self.settings.engine_token or not self.engine_ports:
            return self.settings.engine_token
        return self.made_up["engine"]

    def _engine_urls(self, wanted: tuple[str, ...]) -> str:
        ours = [f"http://127.0.0.1:{port}" for port in self.engine_ports]
        return ",".join(wanted or ours)

    def _service(
        self,
        name: str,
        command: str,
        port: int,
        shared: Mapping[str, str],
        variables: Mapping[str, str] | None = None,
    ) -> Service:
        is_handler = name in HANDLERS
        host = self.host if is_handler else "127.0.0.1"
        return Service(
            name,
            ["serve", command, "--host", host, "--port", str(port)],
            {
                **self.environ,
                **(variables or {}),
                **{variable(setting): value for setting, value in shared.items() if value},
            },
            address=f"{reached(host)}:{port}",
            ready_url=f"http://{reached(host)}:{port}/readyz",
            patience=self.settings.drain_seconds
            + self.settings.drain_spread_seconds
            + _PATIENCE_SECONDS,
            watchdog=self.watchdog,
            say=self.say,
        )


def for_everybody(environ: Mapping[str, str]) -> dict[str, str]:
    """*environ* without the variables that only some services get."""
    own_of_each = {variable(name) for name in (*_PLACES, *_secrets())} | {"ALDEA_API_KEY"}
    # Nothing is imported from the current folder.
    return {name: text for name, text in environ.items() if name not in own_of_each} | {
        "PYTHONSAFEPATH": "1",
    }


def _secrets() -> set[str]:
    return {field.name for field in attrs.fields(Settings) if field.metadata["secret"]}
