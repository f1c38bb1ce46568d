"""Health checks of engines over HTTP."""

import aiohttp
import attrs

from adapters.gpu_http.target import Target
from aldea_core.protocol.websocket_handshake import BEHIND


@attrs.frozen
class Health:
    """
    Attributes:
        problem: What is wrong with the engine, in words for operators. Empty if it is healthy.
        behind: Seconds by which the engine reports it is behind its live audio.
    """

    problem: str = ""
    behind: float = 0.0


async def health_of(target: Target, client: aiohttp.ClientSession, *, seconds: float) -> Health:
    """Requests `/healthz`. Any status below 500 counts as healthy: some servers lack the path."""
    try:
        async with client.get(
            target.url("/healthz"),
            headers=target.headers,
            timeout=aiohttp.ClientTimeout(total=seconds),
        ) as response:
            if response.status >= 500:
                return Health(f"answers {response.status}")
            return Health(behind=_seconds(response.headers.get(BEHIND, "")))
    except TimeoutError:
        return Health("does not answer in time")
    except (aiohttp.ClientError, OSError):
        return Health("cannot be reached")


def _seconds(said: str) -> float:
    """Parses plain decimals only, which is what Aldea's engines write."""
    return float(said) if said.replace(".", "", 1).isdecimal() and said.isascii() else 0.0
