"""Readiness notifications are accepted from the started service only."""

import asyncio
import os

import pytest

from aiohttp import web

from adapters.local_servers.server import CannotStart, free_port
from entrypoints.devstack.parts import Service
from entrypoints.devstack.watchdog import Watchdog
from entrypoints.http.server import serving
from entrypoints.runtime.notify import notify_listening


pytestmark = pytest.mark.slow


def backend(port: int, watchdog: Watchdog, said: list[str]) -> Service:
    return Service(
        "backend",
        ["serve", "backend", "--port", str(port)],
        {**os.environ, "ALDEA_DATABASE_URL": "sqlite://"},
        address="",
        ready_url=f"http://127.0.0.1:{port}/readyz",
        patience=10,
        watchdog=watchdog,
        say=lambda _, line: said.append(line),
    )


async def test_foreign_process_on_the_port_is_not_ready():
    """
    Though it claims to be.
    """

    async def ready(_: web.Request) -> web.Response:
        return web.Response()

    other, said, watchdog = web.Application(), [], Watchdog()
    other.router.add_get("/readyz", ready)
    try:
        async with serving(other, "127.0.0.1", 0) as port:
            with pytest.raises(CannotStart, match="ended with status 1 while it started"):
                await backend(port, watchdog, said).start()
        assert any("cannot be used" in line for line in said)
    finally:
        watchdog.close()


async def test_started_process_is_ready_once_it_listens():
    said, watchdog = [], Watchdog()
    service = backend(free_port(), watchdog, said)
    try:
        await service.start()
        assert await service.stop(asyncio.Event()) == 0, said
    finally:
        watchdog.close()


def test_notification_without_receiver_is_ignored(monkeypatch):
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    notify_listening()
    monkeypatch.setenv("NOTIFY_SOCKET", "/nowhere/at/all")
    notify_listening()
