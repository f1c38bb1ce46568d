"""A project's API keys: create, list and delete."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

import attrs

from msgspec import Meta

from aldea_core.domain.access.audit import facts_of
from aldea_core.domain.access.keys import ApiKey, KeyDraft, KeyFilter
from aldea_core.domain.errors import NotFound
from aldea_core.domain.ids import KeyId
from aldea_core.domain.pages import Page
from aldea_core.domain.times import utc
from aldea_core.ports.accounts import Accounts
from aldea_core.ports.clock import Clock
from aldea_core.use_cases.access.create_key import MOST_KEYS, CreateKey
from aldea_core.use_cases.access.end_key import RevokeKey
from entrypoints.backend.deepgram import documents
from entrypoints.backend.deepgram.times import DayOrTime, moment
from entrypoints.backend.pipeline.calls import Call
from entrypoints.backend.pipeline.problems import ProblemKind, invalid
from entrypoints.backend.pipeline.routes import Operation, Resource, Wanted, for_keys
from entrypoints.backend.pipeline.texts import Name, Tag
from entrypoints.backend.resources.key_documents import Scope


_LONGEST_SECONDS = 1_000_000_000


class WhichKeys(Wanted, frozen=True, kw_only=True):
    status: Literal["active", "expired"] = "active"


class NewProjectKey(Wanted, frozen=True, kw_only=True):
    comment: Name
    scopes: Annotated[tuple[Scope, ...], Meta(min_length=1, max_length=20)]
    tags: Annotated[tuple[Tag, ...], Meta(max_length=20)] | None = None
    expiration_date: DayOrTime | None = None
    time_to_live_in_seconds: Annotated[float, Meta(ge=1, lt=_LONGEST_SECONDS)] | None = None

    def expires(self, *, at: datetime) -> datetime | None:
        if self.time_to_live_in_seconds is None:
            given = self.expiration_date
            return None if given is None else moment(given, "expiration_date")
        if self.expiration_date is not None:
            raise invalid("expiration_date", "Not beside time_to_live_in_seconds.")
        return at + timedelta(seconds=int(self.time_to_live_in_seconds))


@attrs.frozen
class ProjectKeys(Resource):
    TAG = "Projects: keys"

    accounts: Accounts
    create_key: CreateKey
    revoke_key: RevokeKey
    clock: Clock

    @Operation(
        "GET",
        "/v1/projects/{project}/keys",
        for_keys("keys:read"),
        "List keys",
        query=WhichKeys,
        answer=documents.ProjectKeys,
    )
    async def list_keys(self, call: Call) -> dict[str, Any]:
        """Active keys; with `status=expired`, those of the expired ones that were made last."""
        now = self.clock.now()
        is_active = call.query(WhichKeys).status == "active"
        which = KeyFilter(works_at=now) if is_active else KeyFilter(ended_at=now)
        # The dialect has no pages, and ended keys are kept for ever.
        newest = await self.accounts.keys(call.org.id, which, Page(MOST_KEYS, newest_first=True))
        keys = reversed(newest)
        return {"api_keys": [{"member": _member(call), "api_key": _shown(key)} for key in keys]}

    @Operation(
        "POST",
        "/v1/projects/{project}/keys",
        for_keys("keys:write"),
        "Make a key",
        body=NewProjectKey,
        action="key.created",
        refusals=(ProblemKind.CONFLICT,),
        answer=documents.MadeProjectKey,
    )
    async def post_key(self, call: Call) -> dict[str, Any]:
        wanted = call.body(NewProjectKey)
        key, secret = await self.create_key(
            call.org.id,
            KeyDraft(
                wanted.comment,
                scopes=frozenset(str(scope.value) for scope in wanted.scopes),
                expires=wanted.expires(at=self.clock.now()),
                tags=wanted.tags or (),
            ),
            by=call.key,
        )
        call.note(key.id, after=facts_of(key))
        made = _shown(key)
        made.pop("created")
        return {**made, "key": secret.reveal(), "expiration_date": made.get("expiration_date")}

    @Operation(
        "GET",
        "/v1/projects/{project}/keys/{key}",
        for_keys("keys:read"),
        "Show a key",
        answer=documents.OneProjectKey,
    )
    async def get_key(self, call: Call) -> dict[str, Any]:
        shown = _shown(await self._key(call))
        # Deepgram's API description and its older clients nest the key differently, so both are
        # sent.
        return {"item": {"member": {**_member(call), "api_key": shown}}, "api_key": shown}

    @Operation(
        "DELETE",
        "/v1/projects/{project}/keys/{key}",
        for_keys("keys:write"),
        "Revoke a key",
        action="key.revoked",
        answer=documents.Done,
    )
    async def delete_key(self, call: Call) -> dict[str, Any]:
        key = await self._key(call)
        await self.revoke_key(call.org.id, key.id, by=call.key)
        call.note(key.id, facts_of(key))
        return {"message": "The key was deleted."}

    async def _key(self, call: Call) -> ApiKey:
        key = await self.accounts.key(call.org.id, KeyId(call.path["key"]))
        if key is None or not key.opens(at=self.clock.now()):
            raise NotFound("The project has no such key.")
        return key


def _shown(key: ApiKey) -> dict[str, Any]:
    return {
        "api_key_id": key.id,
        "comment": key.name,
        "scopes": sorted(key.scopes),
        "tags": list(key.tags),
        "created": utc(key.created),
        **({"expiration_date": utc(key.expires)} if key.expires else {}),
    }


def _member(call: Call) -> dict[str, Any]:
    """Keys belong to the org, not to a member; clients expect a member all the same."""
    return {"member_id": call.org.id, "email": "", "first_name": "", "last_name": ""}
