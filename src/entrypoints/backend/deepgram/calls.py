"""One call of a project's key: who calls, about which project, and what was changed."""

import json

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import attrs

from aiohttp import web

from aldea_core.domain.audit import Actor, ActorKind, Facts
from aldea_core.domain.errors import BadRequest
from aldea_core.domain.keys import ApiKey
from aldea_core.domain.orgs import Org
from aldea_core.domain.people import Role


@attrs.define
class ProjectCall:
    """
    Attributes:
        target: What was changed, if anything was; with *before* and *after* for the audit log.
    """

    org: Org
    key: ApiKey
    request: web.Request
    target: str = ""
    before: Facts = attrs.Factory(dict)
    after: Facts = attrs.Factory(dict)

    @property
    def role(self) -> Role:
        """As what a key acts: never as an owner, it is easier lost than a person."""
        return Role.ADMIN

    @property
    def actor(self) -> Actor:
        address = (self.request.remote or "")[:64]
        return Actor(ActorKind.KEY, self.key.id, self.key.name, address)

    def path(self, name: str) -> str:
        return self.request.match_info[name]

    async def body(self) -> dict[str, Any]:
        """
        Raises:
            BadRequest: It is no JSON object.
        """
        try:
            found = json.loads(await self.request.read())
        except (ValueError, RecursionError):
            raise BadRequest("The body is no JSON.") from None
        if not isinstance(found, dict):
            raise BadRequest("The body must be a JSON object.")
        return found


ProjectHandler: TypeAlias = Callable[[ProjectCall], Awaitable[dict[str, Any]]]


@attrs.frozen
class ProjectRoute:
    """
    Attributes:
        scope: What the key needs.
        action: What the audit log calls it, if it changes anything.
    """

    method: str
    path: str
    scope: str
    handler: ProjectHandler
    action: str = ""
