"""
The agent's endpoint for the protection of its own task from being scaled in.

While a task is protected, ECS stops other tasks. A protection expires by itself, so that a
task that hangs is not kept for ever.
"""

from datetime import datetime
from typing import final

import aiohttp

from aldea_core.domain.errors import Unavailable


_TIMEOUT = aiohttp.ClientTimeout(total=10)


@final
class EcsTaskProtection:
    """
    Args:
        agent_url: As in ECS_AGENT_URI of the container.
    """

    def __init__(self, agent_url: str) -> None:
        self._url = f"{agent_url}/task-protection/v1/state"

    async def until(self) -> datetime | None:
        """Until when the task is protected; None if it is not."""
        return await self._ask("GET", None)

    async def protect(self, minutes: int) -> datetime | None:
        """
        Protects the task, or prolongs its protection; returns until when.

        Args:
            minutes: 1 to 2880.
        """
        return await self._ask("PUT", {"ProtectionEnabled": True, "ExpiresInMinutes": minutes})

    async def release(self) -> None:
        """Lets ECS stop the task."""
        await self._ask("PUT", {"ProtectionEnabled": False})

    async def _ask(self, method: str, body: dict[str, object] | None) -> datetime | None:
        try:
            async with (
                aiohttp.ClientSession(timeout=_TIMEOUT) as session,
                session.request(method, self._url, json=body) as response,
            ):
                answer = await response.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise Unavailable("ECS agent", why=str(error) or type(error).__name__) from None
        return _read(answer)


def _read(answer: object) -> datetime | None:
    match answer:
        case {"protection": {"ProtectionEnabled": True, "ExpirationDate": str(text)}}:
            try:
                return datetime.fromisoformat(text)
            except ValueError:
                raise Unavailable("ECS agent", why=f"{text!r} is no date") from None
        case {"protection": {"ProtectionEnabled": False}}:
            return None
        case {"error": {"Code": str(code), "Message": str(message)}}:
            raise Unavailable("ECS agent", why=f"{code}: {message}")
        case {"failure": {"Reason": str(reason)}}:
            raise Unavailable("ECS agent", why=reason)
        case _:
            raise Unavailable("ECS agent", why="its answer is malformed")
