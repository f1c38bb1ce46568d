"""The platform's public addresses."""

import attrs

from tests.servers.backend import SETTINGS, backend


async def test_addresses_come_from_the_settings():
    """
    The WebSocket address is the API's, with TLS where it has TLS.
    """
    settings = attrs.evolve(
        SETTINGS,
        seller=("Acme Speech Ltd", "1 Main Street"),
        support="help@example.com",
        public_api_url="https://api.example.com",
        public_backend_url="https://backend.example.com",
        dashboard_url="https://platform.example.com/",
    )
    async with backend(settings) as running:
        shown = (await running.anonymous().get("/v1/platform")).json

    assert shown == {
        "company": "Acme Speech Ltd",
        "support": "help@example.com",
        "api_url": "https://api.example.com",
        "api_websocket_url": "wss://api.example.com",
        "backend_url": "https://backend.example.com",
        "dashboard_url": "https://platform.example.com",
    }


async def test_addresses_that_are_not_set_are_null(running):
    shown = (await running.anonymous().get("/v1/platform")).json

    assert [shown[name] for name in ("api_url", "api_websocket_url", "backend_url", "support")] == [
        None
    ] * 4
