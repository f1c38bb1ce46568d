"""The one way of every request of a project's key: who, may they, do it, tell."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

import attrs
import msgspec

from aiohttp import web
from typing_extensions import override

from aldea_core.domain.audit import AuditEntry
from aldea_core.domain.keys import KeySecret, allows
from aldea_core.domain.limits import LimitName, OrgStatus, Refused
from aldea_core.ports.accounts import Accounts
from aldea_core.ports.audit import AuditLog
from aldea_core.ports.clock import Clock
from aldea_core.ports.together import Together
from aldea_core.protocol.errors import (
    INSUFFICIENT_PERMISSIONS,
    INVALID_AUTH,
    HttpError,
    of_refusal,
)
from entrypoints.backend.app import Neighbour
from entrypoints.backend.deepgram.calls import ProjectCall, ProjectRoute
from entrypoints.web.credentials import credentials_of
from entrypoints.web.middleware import LOGGED, in_deepgrams_words, session_of
from entrypoints.web.refusals import Refusal


# Money is a number to Deepgram's clients, and stays exact on its way to them.
_ENCODER = msgspec.json.Encoder(decimal_format="number")
PREFIXES = ("/v1/projects", "/v1/models")
_NOT_FOUND = HttpError(404, "NOT_FOUND", "There is no such project.")


class ProjectTopic(Protocol):
    def routes(self) -> Sequence[ProjectRoute]: ...


@attrs.frozen
class DeepgramRoutes(Neighbour):
    topics: Sequence[ProjectTopic]
    accounts: Accounts
    audit: AuditLog
    together: Together
    clock: Clock

    @override
    def add_to(self, app: web.Application) -> None:
        for route in self.routes():
            app.router.add_route(route.method, route.path, self._endpoint(route))

    @override
    def words(self, request: web.Request, error: Exception) -> web.Response | None:
        if request.path.startswith(PREFIXES):
            return in_deepgrams_words(request, error)
        return None

    def routes(self) -> list[ProjectRoute]:
        return [route for topic in self.topics for route in topic.routes()]

    def _endpoint(self, route: ProjectRoute) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def endpoint(request: web.Request) -> web.Response:
            call = await self._admit(route, request)
            if not route.action:
                return _shown(await route.handler(call))
            async with self.together.about(call.org.id):
                answer = await route.handler(call)
                await self.audit.write([self._entry(route, call)])
            return _shown(answer)

        return endpoint

    async def _admit(self, route: ProjectRoute, request: web.Request) -> ProjectCall:
        """
        Raises:
            Refusal: They may not; or there is no such project for them.
        """
        text = credentials_of(request.headers).text
        secret = None if text is None else KeySecret.parse(text)
        key = None if secret is None else await self.accounts.find_key(secret.hash)
        if key is None or not key.opens(at=self.clock.now()):
            raise Refusal(INVALID_AUTH)
        org = await self.accounts.org(key.org)
        if org is None or request.match_info.get("project", key.org) != key.org:
            raise Refusal(_NOT_FOUND)
        request[LOGGED] = {"actor": "key", "actor_id": key.id, "org": org.id}
        if org.status is OrgStatus.SUSPENDED:
            raise Refusal(of_refusal(Refused(LimitName.SUSPENSION, 0, 0)))
        if not allows(key.scopes, route.scope):
            raise Refusal(INSUFFICIENT_PERMISSIONS)
        return ProjectCall(org, key, request)

    def _entry(self, route: ProjectRoute, call: ProjectCall) -> AuditEntry:
        return AuditEntry(
            self.clock.now(),
            call.actor,
            route.action,
            call.org.id,
            call.target,
            call.before,
            call.after,
            session_of(call.request),
        )


def _shown(answer: dict[str, Any]) -> web.Response:
    return web.Response(body=_ENCODER.encode(answer), content_type="application/json")
