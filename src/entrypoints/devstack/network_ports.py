"""Checks requested ports, and names addresses."""

import errno
import socket

from collections.abc import Sequence

import attrs

from adapters.local_servers.server import free_port
from entrypoints.http.server import CannotListen
from entrypoints.settings import Settings


__all__ = ["chosen_ports", "free_port", "reached"]

# Which option of `aldea up` names the port of API, backend and dashboard.
_OPTIONS = ("--api-port", "--backend-port", "--frontend-port")


def _chosen_port(host: str, port: int, option: str) -> int:
    """*port*, or any free one for 0."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port or free_port()))
            probe.listen()
        except OSError as error:
            why = f"cannot be used: {error.strerror or error}"
            if error.errno == errno.EADDRINUSE:
                why = f"is taken: name another one with {option}, or 0 for any free one"
            raise CannotListen(f"Port {port} on {host} {why}.") from None
        return int(probe.getsockname()[1])


def chosen_ports(host: str, ports: Sequence[int]) -> list[int]:
    """
    A port for each of *ports*, which are those of API, backend and dashboard; 0 is any free one.

    Checked before anything is started; no two are the same.

    Raises:
        CannotListen: A port is taken, or wanted twice.
    """
    named = [port for port in ports if port]
    if len(set(named)) < len(named):
        twice = next(port for port in named if named.count(port) > 1)
        raise CannotListen(f"Two services cannot share port {twice}.")
    chosen: list[int] = []
    for port, option in zip(ports, _OPTIONS, strict=True):
        one = _chosen_port(host, port, option)
        while one in chosen or (not port and one in named):
            one = _chosen_port(host, port, option)
        chosen.append(one)
    return chosen


def reached(host: str) -> str:
    """The address for a client of a service that listens on *host*."""
    if host in {"0.0.0.0", "::"}:  # noqa: S104 (compared, not bound)
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def with_addresses(settings: Settings, *, api_url: str, backend_url: str) -> Settings:
    """*settings* with the addresses of a single machine, unless they have others."""
    return attrs.evolve(
        settings,
        backend_url=settings.backend_url or backend_url,
        public_api_url=settings.public_api_url or api_url,
        public_backend_url=settings.public_backend_url or backend_url,
    )
