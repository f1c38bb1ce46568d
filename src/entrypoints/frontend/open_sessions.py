"""Sessions that are open now, all of them in one call: the first event of the backend's stream."""

from typing import Any

import msgspec

from entrypoints.frontend.backend import Backend


_DATA = b"data:"
_NONE = b'data:{"sessions":[]}'


async def open_sessions(backend: Backend, events: str) -> list[dict[str, Any]]:
    """
    All of them, newest first.

    Args:
        events: The path of the stream of events, of an organisation or of all.

    Raises:
        Refused: The person may not watch them.
        BackendAway: There is no answer.
    """
    async with backend.streamed("GET", events, query={"follow": False}) as answer:
        # Not line by line: thousands of sessions are a line longer than the HTTP library reads.
        lines = (await answer.read()).splitlines()
    snapshot = next((line for line in lines if line.startswith(_DATA)), _NONE)
    found: list[dict[str, Any]] = msgspec.json.decode(snapshot[len(_DATA) :])["sessions"]
    return sorted(found, key=lambda one: str(one["started_at"]), reverse=True)
