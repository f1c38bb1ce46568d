"""Short-lived listening tokens: for pages of signed-in people, and for devices with no key."""

from typing import Annotated

import attrs

from msgspec import Meta

from aldea_core.domain.access.audit import facts_of
from aldea_core.domain.access.grants import LONGEST_SECONDS, MOST_AUDIO_SECONDS, MOST_TAGS, Grant
from aldea_core.domain.access.keys import ApiKey
from aldea_core.domain.errors import Unavailable
from aldea_core.ports.accounts import Accounts
from aldea_core.ports.clock import Clock
from aldea_core.use_cases.access.find_token_key import FindTokenKey
from aldea_core.use_cases.access.issue_grant import IssueGrant
from entrypoints.backend.pipeline.calls import Call
from entrypoints.backend.pipeline.problems import ProblemKind
from entrypoints.backend.pipeline.routes import (
    Document,
    Operation,
    Resource,
    Wanted,
    for_members,
)
from entrypoints.backend.pipeline.texts import Moment, Tag


class NewToken(Wanted, frozen=True, kw_only=True):
    ttl_seconds: Annotated[
        int,
        Meta(ge=1, le=LONGEST_SECONDS, description="How long it opens sessions; they may go on."),
    ] = 60
    origin: Annotated[
        Annotated[str, Meta(max_length=300)] | None,
        Meta(description="The only origin whose pages may use it, as https://app.example.com."),
    ] = None
    audio_ms: Annotated[
        Annotated[int, Meta(ge=1000, le=MOST_AUDIO_SECONDS * 1000)] | None,
        Meta(description="Audio over all sessions that it opens; null is as much as its key may."),
    ] = None
    tags: Annotated[
        tuple[Tag, ...], Meta(max_length=MOST_TAGS, description="Put on its requests.")
    ] = ()


class TokenDocument(Document, frozen=True, kw_only=True):
    """A listening token, which is shown only now."""

    access_token: Annotated[str, Meta(description="For `Authorization: Bearer` at the gateway.")]
    expires_in: Annotated[int, Meta(description="In seconds, as OAuth names it (RFC 6749).")]
    expires_at: Moment
    key_id: Annotated[str, Meta(description="The key by which its requests are counted.")]
    origin: str | None
    audio_ms: int | None
    tags: list[str]


@attrs.frozen
class TokenRoutes(Resource):
    """
    Args:
        are_shared: Whether the gateways accept the tokens that this process issues.
    """

    TAG = "API keys"

    find_token_key: FindTokenKey
    issue_grant: IssueGrant
    accounts: Accounts
    clock: Clock
    are_shared: bool

    @Operation(
        "POST",
        "/v1/orgs/{org}/tokens",
        for_members("usage:write"),
        "Make a short-lived token for listening",
        body=NewToken,
        status=201,
        action="token.created",
        refusals=(ProblemKind.CONFLICT,),
        about="The token opens sessions at the gateway and does nothing else. A key's token "
        "does what the key may; a person's is counted by a key of the organisation for "
        "all its people. Revoking the key ends its tokens.",
    )
    async def post_token(self, call: Call) -> TokenDocument:
        if not self.are_shared:
            raise Unavailable("issuing of tokens", why="ALDEA_GRANT_SECRET is not set")
        wanted = call.body(NewToken)
        key = await self._key(call)
        issued = self.issue_grant(
            Grant(key.hash, origin=wanted.origin, audio_ms=wanted.audio_ms, tags=wanted.tags),
            wanted.ttl_seconds,
        )
        await self.accounts.note_uses({key.id: self.clock.now()})
        grant = issued.grant
        bounds = {
            "ttl_seconds": wanted.ttl_seconds,
            "origin": grant.origin,
            "audio_ms": wanted.audio_ms,
            "tags": list(grant.tags),
        }
        call.note(key.id, after=bounds)
        return TokenDocument(
            access_token=issued.text,
            expires_in=wanted.ttl_seconds,
            expires_at=issued.expires,
            key_id=key.id,
            origin=grant.origin,
            audio_ms=wanted.audio_ms,
            tags=list(grant.tags),
        )

    async def _key(self, call: Call) -> ApiKey:
        if call.key is not None:
            return call.key
        key, is_new = await self.find_token_key(call.org.id)
        if is_new:
            call.note(key.id, after=facts_of(key), action="key.created")
        return key
