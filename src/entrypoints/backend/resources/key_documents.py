"""What routes of API keys take and answer."""

import enum

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from msgspec import UNSET, Meta, UnsetType
from typing_extensions import override

from aldea_core.domain.access.key_limits import KeyLimits
from aldea_core.domain.access.keys import SCOPES, ApiKey, KeyDraft, KeyFilter
from aldea_core.use_cases.access.end_key import LONGEST_OVERLAP
from entrypoints.backend.pipeline.pages import OrderedPageQuery
from entrypoints.backend.pipeline.routes import Document, Wanted
from entrypoints.backend.pipeline.texts import ModelName, Moment, Name, Tag, Text


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
    quota_ms: int | None

    @classmethod
    def of(cls, limits: KeyLimits) -> "KeyLimitsDocument":
        return cls(
            concurrent_sessions=limits.concurrent_sessions,
            requests_per_minute=limits.requests_per_minute,
            quota_ms=limits.quota_ms,
        )


class NewKeyLimits(Wanted, frozen=True, kw_only=True):
    """A key's own limits, within the organisation's. Null is none of its own, 0 allows nothing."""

    concurrent_sessions: Annotated[
        _Most | None, Meta(description="Open sessions, streams and files together.")
    ] = None
    requests_per_minute: Annotated[_Most | None, Meta(description="Sessions begun a minute.")] = (
        None
    )

    quota_ms: Annotated[
        Annotated[int, Meta(ge=0, le=10**15)] | None,
        Meta(description="Milliseconds of audio a calendar month (UTC)."),
    ] = None

    def limits(self) -> KeyLimits:
        return KeyLimits(self.concurrent_sessions, self.requests_per_minute, self.quota_ms)


class KeyDocument(Document, frozen=True, kw_only=True):
    """An API key, without its secret."""

    id: str
    name: str
    hint: Annotated[str, Meta(description="How it begins, to distinguish keys.")]
    scopes: list[str]
    tags: list[str]
    created_at: Moment
    expires_at: Moment | None
    revoked_at: Annotated[
        Moment | None, Meta(description="Since when, or from when, it opens nothing.")
    ]
    last_used_at: Annotated[
        Moment | None, Meta(description="To half a minute; while a session of it is open, now.")
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
            created_at=key.created,
            expires_at=key.expires,
            revoked_at=key.revoked,
            last_used_at=key.last_used,
            works=key.opens(at=at),
            models=None if key.models is None else list(key.models),
            limits=KeyLimitsDocument.of(key.limits),
            for_tokens=key.for_tokens,
        )

    @override
    def as_compared(self) -> "KeyDocument":
        return msgspec.structs.replace(self, last_used_at=None)


class KeyQuery(OrderedPageQuery, frozen=True, kw_only=True):
    """Which keys, and in which order of their creation."""

    state: Annotated[
        Literal["working", "ended", "all"],
        Meta(description="Ended keys are those that were revoked or have expired."),
    ] = "all"
    search: Annotated[Text, Meta(description="Part of the name, the hint or a tag.")] = ""

    def which(self, *, at: datetime) -> KeyFilter:
        return KeyFilter(
            works_at=at if self.state == "working" else None,
            ended_at=at if self.state == "ended" else None,
            search=self.search,
        )


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
    expires_at: Moment | None = None
    models: Models | None = None
    limits: NewKeyLimits = NewKeyLimits()

    def draft(self) -> KeyDraft:
        return KeyDraft(
            self.name,
            frozenset(str(scope.value) for scope in self.scopes),
            self.tags,
            self.expires_at,
            self.models,
            self.limits.limits(),
        )


class KeyChange(Wanted, frozen=True, kw_only=True):
    """What is left out stays as it is; `limits` are replaced together."""

    name: Name | UnsetType = UNSET
    tags: Annotated[tuple[Tag, ...], Meta(max_length=20)] | UnsetType = UNSET
    expires_at: Moment | UnsetType | None = UNSET
    models: Models | UnsetType | None = UNSET
    limits: NewKeyLimits | UnsetType = UNSET

    def changes(self) -> dict[str, Any]:
        found = {name: getattr(self, name) for name in self.__struct_fields__}
        found["expires"] = found.pop("expires_at")
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
