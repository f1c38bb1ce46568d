"""Health checks of engines over HTTP."""

import re
import traceback

import aiohttp
import attrs

from adapters.gpu_http.target import Target
from aldea_core.protocol.engine_headers import BEHIND, LOAD


@attrs.frozen
class Health:
    """
    Attributes:
        problem: What is wrong with the engine, in words for operators. Empty if it is healthy.
        behind: Seconds by which the engine reports it is behind its live audio; None if it says
            nothing of that.
        load: Its sessions, and how many it takes at once; None if it does not say.
    """

    problem: str = ""
    behind: float | None = None
    load: tuple[int, int] | None = None


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
            headers = response.headers
            return Health("", _seconds(headers.get(BEHIND, "")), _load(headers.get(LOAD, "")))
    except TimeoutError:
        return Health("does not answer in time")
    except (aiohttp.ClientError, OSError) as error:
        # aiohttp's frames hold the error that holds them; a dead engine is asked again and again.
        traceback.clear_frames(error.__traceback__)
        return Health("cannot be reached")


def _seconds(said: str) -> float | None:
    """Parses plain decimals only, which is what Aldea's engines write."""
    return float(said) if said.replace(".", "", 1).isdecimal() and said.isascii() else None


def _load(said: str) -> tuple[int, int] | None:
    found = re.fullmatch(r"([0-9]{1,9})/([0-9]{1,9})", said)
    return None if found is None else (int(found[1]), int(found[2]))
