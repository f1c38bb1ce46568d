"""
Failover: how a live stream gets another engine, in this process or behind a socket.

`domain/live/sessions.LiveSession` decides whether it may, and what the new engine gets again.
"""

import asyncio

from collections.abc import Awaitable, Callable
from typing import TypeVar

import attrs

from aldea_core.domain.errors import EngineRefused, EngineUnavailable
from aldea_core.domain.live.sessions import LiveSession
from aldea_core.domain.transcripts.options import LiveOptions, LiveRequest


_RETRY_SECONDS = 0.25

_Engine = TypeVar("_Engine")


async def open_another(
    session: LiveSession,
    request: LiveRequest,
    options: Callable[[], LiveOptions],
    open_engine: Callable[[LiveRequest], Awaitable[_Engine]],
) -> tuple[_Engine, LiveOptions] | None:
    """
    Tries until an engine is open, or the session has ended.

    Args:
        options: The client's options at the time; it may change them meanwhile.

    Returns:
        The engine, and the options that it was opened with. None: the session has ended.
    """
    while session.ending is None:
        asked = options()
        try:
            return await open_engine(attrs.evolve(request, options=asked)), asked
        except (EngineUnavailable, EngineRefused):
            await asyncio.sleep(_RETRY_SECONDS)
    return None
