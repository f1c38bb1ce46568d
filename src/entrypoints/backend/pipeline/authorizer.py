"""
Authenticates the caller and checks its role or scopes, before the body is read.

Objects of other orgs are answered like objects that do not exist: 404.
"""

import re

from typing import assert_never

import attrs

from aiohttp import hdrs, web

from aldea_core.domain.access.audit import Actor, ActorKind
from aldea_core.domain.access.keys import ApiKey, KeySecret, allows
from aldea_core.domain.access.limits import OrgStatus
from aldea_core.domain.access.orgs import Org
from aldea_core.domain.access.people import Role
from aldea_core.domain.ids import OrgId
from aldea_core.ports.accounts import Accounts
from aldea_core.ports.clock import Clock
from aldea_core.ports.key_uses import LAST_USED_STEP
from aldea_core.ports.members import Members
from aldea_core.use_cases.access.sign_in import FindSignedIn
from entrypoints.backend.pipeline.calls import Call
from entrypoints.backend.pipeline.problems import ProblemError, ProblemKind
from entrypoints.backend.pipeline.routes import Access, Route, Who
from entrypoints.http.client_address import client_address
from entrypoints.http.credentials import credentials_of
from entrypoints.http.middleware import session_of


_ID = re.compile(r"[0-9A-Za-z_.-]{1,64}")
_EMAIL = re.compile(r"[^\x00-\x1f\x7f]{1,254}")
_NOT_FOUND = "There is no such thing here."


@attrs.frozen
class Authorizer:
    """
    Args:
        proxies: How many trusted proxies add to X-Forwarded-For.
    """

    find_signed_in: FindSignedIn
    accounts: Accounts
    members: Members
    clock: Clock
    proxies: int = 0

    async def admit(self, route: Route, request: web.Request) -> Call:
        """
        Raises:
            ProblemError: The caller may not call the route, or the org does not exist.
        """
        path = dict(request.match_info)
        forwarded_for = request.headers.getall(hdrs.X_FORWARDED_FOR, ())
        address = client_address(forwarded_for, request.remote, self.proxies)
        call = Call(
            session_of(request),
            Actor(ActorKind.NOBODY, address=address),
            _plain(request.headers.get(hdrs.USER_AGENT, "")),
            path=path,
            last_event_id=_plain(request.headers.get("Last-Event-ID", ""))[:100],
        )
        if route.access.who is Who.ANYBODY:
            return call  # without a look at its credentials
        await self._identify(call, request)
        if route.access.who is Who.KEY and call.key is None:
            raise ProblemError(ProblemKind.NOT_SIGNED_IN, "This takes an API key.")
        if not all(_may_be(name, part) for name, part in path.items()):
            raise ProblemError(ProblemKind.NOT_FOUND, _NOT_FOUND)
        if call.viewed is not None:
            await self._view(call, route, call.viewed)
            return call
        _keep_within_company(call, route)
        match route.access.who:
            case Who.OPERATOR if call.signed_in is None or not call.signed_in.user.is_operator:
                raise ProblemError(
                    ProblemKind.NOT_ALLOWED, "Only operators of the platform may do this."
                )
            case Who.OPERATOR:
                call.acts_as(call.user, ActorKind.OPERATOR)
            case Who.SIGNED_IN if call.signed_in is None:
                raise ProblemError(ProblemKind.NOT_ALLOWED, "An API key cannot do this: sign in.")
            case Who.CALLER if call.key is not None:
                call.known_org = await self._org_of(call.key, call.key.org)
            case Who.IN_ORG:
                await self._enter(call, OrgId(path["org"]), route.access)
            case Who.KEY:
                assert call.key is not None
                org = OrgId(path.get("project", call.key.org))
                await self._enter_by_key(call, call.key, org, route.access)
            case Who.SIGNED_IN | Who.CALLER:
                pass  # a session or a key, which `_identify` found
            case _:  # who may call a route is never left open
                assert_never(route.access.who)
        return call

    async def _identify(self, call: Call, request: web.Request) -> None:
        text = credentials_of(request.headers).text
        if text is None:
            raise ProblemError(ProblemKind.NOT_SIGNED_IN, "Send Authorization: Bearer TOKEN.")
        secret = KeySecret.parse(text)
        if secret is not None:
            key = await self.accounts.find_key(secret.hash)
            now = self.clock.now()
            if key is not None and key.opens(at=now):
                if key.last_used is None or key.last_used < now - LAST_USED_STEP:
                    await self.accounts.note_uses({key.id: now})
                call.key = key
                call.actor = Actor(ActorKind.KEY, key.id, key.name, call.actor.address)
                return
        else:
            signed_in = await self.find_signed_in(text)
            if signed_in is not None:
                call.signed_in = signed_in
                call.acts_as(signed_in.user)
                return
        raise ProblemError(
            ProblemKind.NOT_SIGNED_IN, "The token or key is unknown, revoked or expired."
        )

    async def _enter(self, call: Call, org: OrgId, access: Access) -> None:
        if call.key is not None:
            await self._enter_by_key(call, call.key, org, access)
            return
        membership = await self.members.find(org, call.user.id)
        known = None if membership is None else await self.accounts.org(org)
        if membership is None or known is None:
            raise ProblemError(ProblemKind.NOT_FOUND, "There is no such organisation.")
        call.known_org, call.role = known, membership.role
        if not membership.role.covers(access.role):
            raise ProblemError(ProblemKind.NOT_ALLOWED, f"This takes the role {access.role.value}.")

    async def _view(self, call: Call, route: Route, org: OrgId) -> None:
        """An operator's view: it reads what owners of *org* may read, and changes nothing."""
        call.acts_as(call.user, ActorKind.OPERATOR)
        if route.access.who is not Who.IN_ORG or route.is_change:
            raise ProblemError(
                ProblemKind.NOT_ALLOWED,
                "This token only reads one organisation: it changes nothing.",
            )
        known = await self.accounts.org(org) if call.path["org"] == org else None
        if known is None:
            raise ProblemError(ProblemKind.NOT_FOUND, "There is no such organisation.")
        call.known_org, call.role = known, Role.OWNER

    async def _org_of(self, key: ApiKey, org: OrgId) -> Org:
        """
        Raises:
            ProblemError: *org* is not the key's, or it is suspended.
        """
        known = await self.accounts.org(org) if key.org == org else None
        if known is None:
            raise ProblemError(ProblemKind.NOT_FOUND, "There is no such organisation.")
        if known.status is OrgStatus.SUSPENDED:
            why = f": {known.suspension_reason}" if known.suspension_reason else "."
            raise ProblemError(ProblemKind.NOT_ALLOWED, f"This organisation is suspended{why}")
        return known

    async def _enter_by_key(self, call: Call, key: ApiKey, org: OrgId, access: Access) -> None:
        known = await self._org_of(key, org)
        if access.scope is None:
            raise ProblemError(ProblemKind.NOT_ALLOWED, "An API key cannot do this: sign in.")
        if not allows(key.scopes, access.scope):
            raise ProblemError(ProblemKind.NOT_ALLOWED, f"This takes the scope {access.scope}.")
        # A key acts as an admin if it may do all that admins may, and never as an owner.
        call.known_org = known
        call.role = Role.ADMIN if allows(key.scopes, Role.ADMIN.value) else Role.MEMBER


def _keep_within_company(call: Call, route: Route) -> None:
    """A sign-in by a company's identity provider opens the company's org, and nothing else."""
    if call.company is None:
        return
    if route.access.who is Who.IN_ORG:
        if call.path["org"] != call.company:
            raise ProblemError(ProblemKind.NOT_FOUND, "There is no such organisation.")
    elif not route.access.is_for_company:
        raise ProblemError(
            ProblemKind.NOT_ALLOWED,
            "A sign-in by your company opens its organisation alone: sign in by password or passkey.",
        )


def _plain(header: str) -> str:
    """A header's text without what databases cannot store: invalid UTF-8, and NUL."""
    return header.encode(errors="replace").decode().replace("\0", "?")


def _may_be(name: str, part: str) -> bool:
    """Whether *part* of a path has the form of an id, or of an email address if *name* is `email`."""
    return bool((_EMAIL if name == "email" else _ID).fullmatch(part))
