"""How an engine over HTTP is."""

import aiohttp
import attrs

from adapters.gpu_http.target import Target
from aldea_core.protocol.websocket_handshake import BEHIND


@attrs.frozen
class Health:
    """
    Attributes:
        problem: What is wrong with it, in words for operators; empty if it is well.
        behind: Seconds by which it says that it is behind what it was sent.
    """

    problem: str = ""
    behind: float = 0.0


async def health_of(target: Target, client: aiohttp.ClientSession, *, seconds: float) -> Health:
    """Any answer below 500 is health: not every server knows the path."""
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
    """Only what our engines write."""
    return float(said) if said.replace(".", "", 1).isdecimal() and said.isascii() else 0.0
