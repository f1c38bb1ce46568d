"""Sessions that are open now, all of them in one call: the first event of the backend's stream."""

import json

from typing import Any

from entrypoints.frontend.backend import Backend


async def open_sessions(backend: Backend, events: str) -> list[dict[str, Any]]:
    """
    All of them, newest first.

    Args:
        events: The path of the stream of events, of an organisation or of all.

    Raises:
        Refused: The person may not watch them.
        BackendAway: There is no answer.
    """
    found: list[dict[str, Any]] = []
    async with backend.streamed("GET", events, query={"follow": False}) as answer:
        async for line in answer.content:
            if line.startswith(b"data:"):
                found = json.loads(line[5:])["sessions"]
                break
    return sorted(found, key=lambda one: str(one["started_at"]), reverse=True)
