"""API keys: owners and admins make them; their secrets are shown once."""

from datetime import timedelta

import attrs

from aldea_core.domain.access.audit import facts_of
from aldea_core.domain.access.keys import ApiKey, KeySecret
from aldea_core.domain.ids import KeyId
from aldea_core.ports.clock import Clock
from aldea_core.use_cases.access.change_key import ChangeKey
from aldea_core.use_cases.access.create_key import CreateKey
from aldea_core.use_cases.access.end_key import RevokeKey, RotateKey
from aldea_core.use_cases.access.show_keys import ShowKeys
from entrypoints.backend.pipeline.calls import Call
from entrypoints.backend.pipeline.pages import page_and_next, page_by_time
from entrypoints.backend.pipeline.problems import ProblemKind
from entrypoints.backend.pipeline.routes import Operation, Resource, for_admins
from entrypoints.backend.resources.key_documents import (
    KeyChange,
    KeyDocument,
    KeyList,
    KeyQuery,
    MadeKey,
    NewKey,
    Rotation,
)


@attrs.frozen
class KeyRoutes(Resource):
    TAG = "API keys"

    show_keys: ShowKeys
    create_key: CreateKey
    revoke_key: RevokeKey
    rotate_key: RotateKey
    change_key: ChangeKey
    clock: Clock

    @Operation(
        "GET",
        "/v1/orgs/{org}/keys",
        for_admins("keys:read"),
        "List API keys, revoked ones too",
        query=KeyQuery,
    )
    async def get_keys(self, call: Call) -> KeyList:
        query, now = call.query(KeyQuery), self.clock.now()
        wanted = page_by_time(query, newest_first=query.newest_first)
        found = await self.show_keys(call.org.id, query.which(at=now), wanted)
        page, following = page_and_next(found, query, lambda key: (key.created, key.id))
        return KeyList(items=[KeyDocument.of(key, at=now) for key in page], next=following)

    @Operation(
        "POST",
        "/v1/orgs/{org}/keys",
        for_admins("keys:write"),
        "Make an API key",
        body=NewKey,
        status=201,
        action="key.created",
        refusals=(ProblemKind.CONFLICT,),
        about="The secret is in this answer and nowhere else, ever. "
        "An API key makes no key that may do more, or expires later, than itself.",
    )
    async def post_key(self, call: Call) -> MadeKey:
        made = await self.create_key(call.org.id, call.body(NewKey).draft(), by=call.key)
        return self._made(call, made)

    @Operation("GET", "/v1/orgs/{org}/keys/{key}", for_admins("keys:read"), "Show an API key")
    async def get_key(self, call: Call) -> KeyDocument:
        return KeyDocument.of(
            await self.show_keys.one(call.org.id, KeyId(call.path["key"])), at=self.clock.now()
        )

    @Operation(
        "PATCH",
        "/v1/orgs/{org}/keys/{key}",
        for_admins("keys:write"),
        "Change a key's name, tags, expiry, models or limits",
        body=KeyChange,
        action="key.changed",
        current=get_key,
        refusals=(ProblemKind.CONFLICT,),
        about="The ETag does not change when the key is used. Open sessions keep their "
        "model, and are counted by new limits from their next renewal on.",
    )
    async def patch_key(self, call: Call) -> KeyDocument:
        changes = call.body(KeyChange).changes()
        before, after = await self.change_key(
            call.org.id, KeyId(call.path["key"]), changes, by=call.key
        )
        call.note(after.id, facts_of(before), facts_of(after))
        return await self.get_key(call)

    @Operation(
        "DELETE",
        "/v1/orgs/{org}/keys/{key}",
        for_admins("keys:write"),
        "Revoke an API key",
        action="key.revoked",
        about="Streams that use it end within 5 seconds. Of a key that is revoked this "
        "changes nothing: `revoked_at` says since when.",
    )
    async def delete_key(self, call: Call) -> None:
        gone = await self.revoke_key(call.org.id, KeyId(call.path["key"]), by=call.key)
        if gone is not None:
            call.note(gone.id, facts_of(gone))

    @Operation(
        "POST",
        "/v1/orgs/{org}/keys/{key}/rotate",
        for_admins("keys:write"),
        "Make a key like this one, which ends after an overlap",
        body=Rotation,
        status=201,
        action="key.rotated",
    )
    async def post_key_rotation(self, call: Call) -> MadeKey:
        old = KeyId(call.path["key"])
        overlap = timedelta(seconds=call.body(Rotation).overlap_seconds)
        made = await self.rotate_key(call.org.id, old, overlap=overlap, by=call.key)
        return self._made(call, made, {"rotated": old})

    def _made(
        self, call: Call, made: tuple[ApiKey, KeySecret], before: dict[str, str] | None = None
    ) -> MadeKey:
        key, secret = made
        call.note(key.id, before, facts_of(key))
        document = KeyDocument.of(key, at=self.clock.now())
        return MadeKey(key=secret.reveal(), api_key=document)
