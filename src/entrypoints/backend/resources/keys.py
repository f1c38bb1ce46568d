"""API keys: owners and admins make them; their secrets are shown once."""

from collections.abc import Sequence
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
from entrypoints.backend.pipeline.routes import Route, admins
from entrypoints.backend.resources.key_documents import (
    KeyChange,
    KeyDocument,
    KeyList,
    KeyQuery,
    MadeKey,
    NewKey,
    Rotation,
)


_TAG = "API keys"


@attrs.frozen
class KeyRoutes:
    show_keys: ShowKeys
    create_key: CreateKey
    revoke_key: RevokeKey
    rotate_key: RotateKey
    change_key: ChangeKey
    clock: Clock

    async def get_keys(self, call: Call) -> KeyList:
        query, now = call.query(KeyQuery), self.clock.now()
        wanted = page_by_time(query, newest_first=query.newest_first)
        found = await self.show_keys(call.org.id, query.which(at=now), wanted)
        page, following = page_and_next(found, query, lambda key: (key.created, key.id))
        return KeyList(items=[KeyDocument.of(key, at=now) for key in page], next=following)

    async def post_key(self, call: Call) -> MadeKey:
        made = await self.create_key(call.org.id, call.body(NewKey).draft(), by=call.key)
        return self._made(call, made)

    async def get_key(self, call: Call) -> KeyDocument:
        return KeyDocument.of(
            await self.show_keys.one(call.org.id, KeyId(call.path["key"])), at=self.clock.now()
        )

    async def patch_key(self, call: Call) -> KeyDocument:
        changes = call.body(KeyChange).changes()
        before, after = await self.change_key(
            call.org.id, KeyId(call.path["key"]), changes, by=call.key
        )
        call.note(after.id, facts_of(before), facts_of(after))
        return await self.get_key(call)

    async def delete_key(self, call: Call) -> None:
        gone = await self.revoke_key(call.org.id, KeyId(call.path["key"]), by=call.key)
        if gone is not None:
            call.note(gone.id, facts_of(gone))

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

    def routes(self) -> Sequence[Route]:
        one = "/v1/orgs/{org}/keys/{key}"
        return (
            Route(
                "GET",
                "/v1/orgs/{org}/keys",
                self.get_keys,
                admins("keys:read"),
                _TAG,
                "List API keys, revoked ones too",
                query=KeyQuery,
                answer=KeyList,
            ),
            Route(
                "POST",
                "/v1/orgs/{org}/keys",
                self.post_key,
                admins("keys:write"),
                _TAG,
                "Make an API key",
                body=NewKey,
                answer=MadeKey,
                status=201,
                action="key.created",
                refusals=(ProblemKind.CONFLICT,),
                about="The secret is in this answer and nowhere else, ever. "
                "An API key makes no key that may do more than itself.",
            ),
            Route(
                "GET",
                one,
                self.get_key,
                admins("keys:read"),
                _TAG,
                "Show an API key",
                answer=KeyDocument,
            ),
            Route(
                "PATCH",
                one,
                self.patch_key,
                admins("keys:write"),
                _TAG,
                "Change a key's name, tags, expiry, models or limits",
                body=KeyChange,
                answer=KeyDocument,
                action="key.changed",
                current=self.get_key,
                refusals=(ProblemKind.CONFLICT,),
                about="The ETag does not change when the key is used. Open sessions keep their "
                "model, and are counted by new limits from their next renewal on.",
            ),
            Route(
                "DELETE",
                one,
                self.delete_key,
                admins("keys:write"),
                _TAG,
                "Revoke an API key",
                action="key.revoked",
                about="Streams that use it end within 5 seconds. Of a key that is revoked this "
                "changes nothing: `revoked_at` says since when.",
            ),
            Route(
                "POST",
                one + "/rotate",
                self.post_key_rotation,
                admins("keys:write"),
                _TAG,
                "Make a key like this one, which ends after an overlap",
                body=Rotation,
                answer=MadeKey,
                status=201,
                action="key.rotated",
            ),
        )
