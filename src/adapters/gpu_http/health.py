"""How an engine over HTTP is."""

import aiohttp

from adapters.gpu_http.target import Target


async def problem_of(target: Target, client: aiohttp.ClientSession, *, seconds: float) -> str:
    """
    What is wrong with it, in words for operators; empty if it is well.

    Any answer below 500 is health: not every server knows the path.
    """
    try:
        async with client.get(
            target.url("/healthz"),
            headers=target.headers,
            timeout=aiohttp.ClientTimeout(total=seconds),
        ) as response:
            return f"answers {response.status}" if response.status >= 500 else ""
    except TimeoutError:
        return "does not answer in time"
    except (aiohttp.ClientError, OSError):
        return "cannot be reached"
