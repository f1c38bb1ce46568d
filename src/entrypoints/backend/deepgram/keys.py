"""A project's keys: made, listed and deleted."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import attrs

from aldea_core.domain.errors import BadRequest, NotFound
from aldea_core.domain.ids import KeyId
from aldea_core.domain.keys import ApiKey, allows
from aldea_core.ports.accounts import Accounts
from aldea_core.ports.clock import Clock
from aldea_core.protocol.errors import HttpError
from aldea_core.use_cases.create_key import CreateKey
from aldea_core.use_cases.end_key import RevokeKey
from entrypoints.backend.deepgram.calls import ProjectCall, ProjectRoute
from entrypoints.backend.deepgram.reading import expiry, text, texts
from entrypoints.backend.topics.keys import MOST_KEYS
from entrypoints.web.refusals import Refusal


_TOO_MUCH = HttpError(
    403,
    "INSUFFICIENT_PERMISSIONS",
    "A key deals with no key that may do more than it.",
)


@attrs.frozen
class ProjectKeys:
    accounts: Accounts
    create_key: CreateKey
    revoke_key: RevokeKey
    clock: Clock

    async def list_keys(self, call: ProjectCall) -> dict[str, Any]:
        """Those that work; with `status=expired`, those that do no more."""
        wanted = call.request.query.get("status", "active")
        if wanted not in {"active", "expired"}:
            raise BadRequest("status must be active or expired.")
        now = self.clock.now()
        keys = [
            key
            for key in await self.accounts.keys(call.org.id)
            if key.opens(at=now) == (wanted == "active")
        ]
        return {"api_keys": [{"member": _member(call), "api_key": _shown(key)} for key in keys]}

    async def get_key(self, call: ProjectCall) -> dict[str, Any]:
        shown = _shown(await self._key(call))
        # Deepgram's description nests it one way, its older clients another.
        return {"item": {"member": {**_member(call), "api_key": shown}}, "api_key": shown}

    async def post_key(self, call: ProjectCall) -> dict[str, Any]:
        wanted, now = await call.body(), self.clock.now()
        scopes = frozenset(texts(wanted, "scopes"))
        _may_deal_with(call, scopes)
        if sum(key.opens(at=now) for key in await self.accounts.keys(call.org.id)) >= MOST_KEYS:
            raise BadRequest(f"There are {MOST_KEYS} keys already: delete some.")
        key, secret = await self.create_key(
            call.org.id,
            text(wanted, "comment"),
            scopes=scopes,
            expires=expiry(wanted, at=now),
            tags=texts(wanted, "tags"),
        )
        call.target = key.id
        call.after = {"name": key.name, "scopes": sorted(key.scopes)}
        made = _shown(key)
        made.pop("created")
        return {**made, "key": secret.reveal(), "expiration_date": _iso(key.expires)}

    async def delete_key(self, call: ProjectCall) -> dict[str, Any]:
        key = await self._key(call)
        _may_deal_with(call, key.scopes)
        await self.revoke_key(call.org.id, key.id)
        call.target = key.id
        call.before = {"name": key.name, "scopes": sorted(key.scopes)}
        return {"message": "The key was deleted."}

    async def _key(self, call: ProjectCall) -> ApiKey:
        now, wanted = self.clock.now(), KeyId(call.path("key"))
        for key in await self.accounts.keys(call.org.id):
            if key.id == wanted and key.opens(at=now):
                return key
        raise NotFound("The project has no such key.")

    def routes(self) -> Sequence[ProjectRoute]:
        all_, one = "/v1/projects/{project}/keys", "/v1/projects/{project}/keys/{key}"
        return (
            ProjectRoute("GET", all_, "keys:read", self.list_keys),
            ProjectRoute("POST", all_, "keys:write", self.post_key, "key.created"),
            ProjectRoute("GET", one, "keys:read", self.get_key),
            ProjectRoute("DELETE", one, "keys:write", self.delete_key, "key.revoked"),
        )


def _shown(key: ApiKey) -> dict[str, Any]:
    return {
        "api_key_id": key.id,
        "comment": key.name,
        "scopes": sorted(key.scopes),
        "tags": list(key.tags),
        "created": _iso(key.created),
        **({"expiration_date": _iso(key.expires)} if key.expires else {}),
    }


def _member(call: ProjectCall) -> dict[str, Any]:
    """Keys are the org's, not a person's; clients want to see one all the same."""
    return {"member_id": call.org.id, "email": "", "first_name": "", "last_name": ""}


def _may_deal_with(call: ProjectCall, scopes: frozenset[str]) -> None:
    """
    Raises:
        Refusal: The other key may do more.
    """
    if not all(allows(call.key.scopes, scope) for scope in scopes):
        raise Refusal(_TOO_MUCH)


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
