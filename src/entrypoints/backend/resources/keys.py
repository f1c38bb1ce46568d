"""API keys: owners and admins make them; their secrets are shown once."""

import enum

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

import attrs
import msgspec

from msgspec import UNSET, Meta, UnsetType
from typing_extensions import override

from aldea_core.domain.access.audit import facts_of
from aldea_core.domain.access.key_limits import KeyLimits
from aldea_core.domain.access.keys import SCOPES, ApiKey, KeySecret
from aldea_core.domain.errors import NotFound
from aldea_core.domain.ids import KeyId
from aldea_core.ports.clock import Clock
from aldea_core.use_cases.access.change_key import ChangeKey
from aldea_core.use_cases.access.create_key import CreateKey
from aldea_core.use_cases.access.end_key import LONGEST_OVERLAP, RevokeKey, RotateKey
from aldea_core.use_cases.access.show_keys import ShowKeys
from entrypoints.backend.pipeline.calls import Call
from entrypoints.backend.pipeline.pages import PageQuery, page_of
from entrypoints.backend.pipeline.problems import ProblemKind
from entrypoints.backend.pipeline.routes import Document, Route, Wanted, admins
from entrypoints.backend.pipeline.texts import ModelName, Moment, Name, Tag


_TAG = "API keys"

_Most = Annotated[int, Meta(ge=0, le=1_000_000_000)]
Models = Annotated[
    tuple[ModelName, ...],
    Meta(
        min_length=1,
        max_length=50,
        description="Public names of the models that it may use; null is all. "
        "Requests that name no model get the first.",
    ),
]
Scope = enum.Enum("Scope", {name: name for name in sorted(SCOPES)})  # type: ignore[misc]


class KeyLimitsDocument(Document, frozen=True, kw_only=True):
    """A key's own limits, within the organisation's. Null is no limit of its own."""

    concurrent_sessions: int | None
    requests_per_minute: int | None
    seconds_per_month: int | None

    @classmethod
    def of(cls, limits: KeyLimits) -> "KeyLimitsDocument":
        return cls(
            concurrent_sessions=limits.concurrent_sessions,
            requests_per_minute=limits.requests_per_minute,
            seconds_per_month=None if limits.quota_ms is None else limits.quota_ms // 1000,
        )


class NewKeyLimits(Wanted, frozen=True, kw_only=True):
    """A key's own limits, within the organisation's. Null is none of its own, 0 allows nothing."""

    concurrent_sessions: Annotated[
        _Most | None, Meta(description="Open sessions, streams and files together.")
    ] = None
    requests_per_minute: Annotated[_Most | None, Meta(description="Sessions begun a minute.")] = (
        None
    )

    seconds_per_month: Annotated[
        _Most | None, Meta(description="Seconds of audio a calendar month (UTC).")
    ] = None

    def limits(self) -> KeyLimits:
        quota_ms = None if self.seconds_per_month is None else self.seconds_per_month * 1000
        return KeyLimits(self.concurrent_sessions, self.requests_per_minute, quota_ms)


class KeyDocument(Document, frozen=True, kw_only=True):
    """An API key, without its secret."""

    id: str
    name: str
    hint: Annotated[str, Meta(description="How it begins, to distinguish keys.")]
    scopes: list[str]
    tags: list[str]
    created: datetime
    expires: datetime | None
    revoked: Annotated[
        datetime | None, Meta(description="Since when, or from when, it opens nothing.")
    ]
    last_used: Annotated[
        datetime | None, Meta(description="To half a minute; while a session of it is open, now.")
    ]
    works: bool
    models: Annotated[
        list[str] | None, Meta(description="The models that it may use; null is all.")
    ]
    limits: KeyLimitsDocument
    for_tokens: Annotated[
        bool, Meta(description="Whether it is the key behind the tokens of people.")
    ]

    @classmethod
    def of(cls, key: ApiKey, *, at: datetime) -> "KeyDocument":
        return cls(
            id=key.id,
            name=key.name,
            hint=key.hint,
            scopes=sorted(key.scopes),
            tags=list(key.tags),
            created=key.created,
            expires=key.expires,
            revoked=key.revoked,
            last_used=key.last_used,
            works=key.opens(at=at),
            models=None if key.models is None else list(key.models),
            limits=KeyLimitsDocument.of(key.limits),
            for_tokens=key.for_tokens,
        )

    @override
    def as_compared(self) -> "KeyDocument":
        return msgspec.structs.replace(self, last_used=None)


class KeyList(Document, frozen=True, kw_only=True):
    items: list[KeyDocument]
    next: str | None


class MadeKey(Document, frozen=True, kw_only=True):
    """A new key with its secret, which is shown only now."""

    key: str
    api_key: KeyDocument


class NewKey(Wanted, frozen=True, kw_only=True):
    name: Name
    scopes: Annotated[tuple[Scope, ...], Meta(min_length=1, max_length=20)] = (Scope["member"],)
    tags: Annotated[tuple[Tag, ...], Meta(max_length=20)] = ()
    expires: Moment | None = None
    models: Models | None = None
    limits: NewKeyLimits = NewKeyLimits()


class KeyChange(Wanted, frozen=True, kw_only=True):
    """What is left out stays as it is; `limits` are replaced together."""

    name: Name | UnsetType = UNSET
    tags: Annotated[tuple[Tag, ...], Meta(max_length=20)] | UnsetType = UNSET
    expires: Moment | UnsetType | None = UNSET
    models: Models | UnsetType | None = UNSET
    limits: NewKeyLimits | UnsetType = UNSET

    def changes(self) -> dict[str, Any]:
        found = {name: getattr(self, name) for name in self.__struct_fields__}
        if isinstance(self.limits, NewKeyLimits):
            found["limits"] = self.limits.limits()
        if isinstance(self.models, tuple):
            found["models"] = tuple(dict.fromkeys(self.models))
        return {name: value for name, value in found.items() if value is not UNSET}


class Rotation(Wanted, frozen=True, kw_only=True):
    overlap_seconds: Annotated[
        int,
        Meta(
            ge=0,
            le=int(LONGEST_OVERLAP.total_seconds()),
            description="How long the old one goes on to work.",
        ),
    ] = 86_400


@attrs.frozen
class KeyRoutes:
    show_keys: ShowKeys
    create_key: CreateKey
    revoke_key: RevokeKey
    rotate_key: RotateKey
    change_key: ChangeKey
    clock: Clock

    async def get_keys(self, call: Call) -> KeyList:
        keys = await self.show_keys(call.org.id)
        page, following = page_of(keys, call.query(PageQuery), lambda key: (key.created, key.id))
        now = self.clock.now()
        return KeyList(items=[KeyDocument.of(key, at=now) for key in page], next=following)

    async def post_key(self, call: Call) -> MadeKey:
        wanted = call.body(NewKey)
        made = await self.create_key(
            call.org.id,
            wanted.name,
            scopes=frozenset(str(scope.value) for scope in wanted.scopes),
            expires=wanted.expires,
            tags=wanted.tags,
            models=wanted.models,
            limits=wanted.limits.limits(),
            by=call.key,
        )
        return self._made(call, made)

    async def get_key(self, call: Call) -> KeyDocument:
        return KeyDocument.of(await self._key(call), at=self.clock.now())

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

    async def post_rotation(self, call: Call) -> MadeKey:
        old = KeyId(call.path["key"])
        overlap = timedelta(seconds=call.body(Rotation).overlap_seconds)
        made = await self.rotate_key(call.org.id, old, overlap=overlap, by=call.key)
        return self._made(call, made, {"rotated": old})

    async def _key(self, call: Call) -> ApiKey:
        wanted = KeyId(call.path["key"])
        for key in await self.show_keys(call.org.id):
            if key.id == wanted:
                return key
        raise NotFound("The organisation has no such key.")

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
                query=PageQuery,
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
                about="Streams that use it end within 5 seconds.",
            ),
            Route(
                "POST",
                one + "/rotate",
                self.post_rotation,
                admins("keys:write"),
                _TAG,
                "Make a key like this one, which ends after an overlap",
                body=Rotation,
                answer=MadeKey,
                status=201,
                action="key.rotated",
            ),
        )
