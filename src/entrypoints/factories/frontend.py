"""Factories for the frontend."""

import secrets

import aiohttp

from aldea_core.ports.clock import Clock
from aldea_core.ports.randomness import Randomness
from aldea_core.ports.tracing import Tracer
from entrypoints.configuration.colours import accents, theme_css
from entrypoints.configuration.values import SECRET_BYTES
from entrypoints.frontend.app import Frontend
from entrypoints.frontend.session import Sessions
from entrypoints.frontend.site import Site
from entrypoints.runtime.metrics import Metrics
from entrypoints.settings import Settings


# To one backend: as many as pages are made at once, with some calls each.
_CONNECTIONS = 200


def client() -> aiohttp.ClientSession:
    """For the backend. It keeps no cookies: each call is as another person."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=_CONNECTIONS),
        cookie_jar=aiohttp.DummyCookieJar(),
    )


def sessions(*, settings: Settings, clock: Clock, randomness: Randomness) -> Sessions:
    secret = settings.frontend_secret or secrets.token_urlsafe(SECRET_BYTES)
    return Sessions(secret, clock, randomness, _site(settings).is_secure)


def frontend(
    *,
    settings: Settings,
    client: aiohttp.ClientSession,
    sessions: Sessions,
    clock: Clock,
    randomness: Randomness,
    metrics: Metrics,
    tracer: Tracer,
) -> Frontend:
    return Frontend(
        _site(settings),
        sessions,
        client,
        settings.backend_url,
        clock,
        randomness,
        metrics,
        tracer,
        settings.forwarded_by,
    )


def _site(settings: Settings) -> Site:
    return Site(
        settings.dashboard_url.rstrip("/"),
        settings.public_api_url,
        settings.public_backend_url or settings.backend_url,
        settings.seller[0],
        _link(settings.support),
        settings.confirm_addresses,
        theme_css(*accents(settings.accent_colours)) if settings.accent_colours else "",
    )


def _link(support: str) -> str:
    return f"mailto:{support}" if "@" in support and "://" not in support else support
