"""The signed-in user, and their sign-ins."""

from typing import Annotated
from zoneinfo import available_timezones

import attrs

from msgspec import Meta

from aldea_core.domain.access.audit import Facts
from aldea_core.domain.access.keys import ApiKey
from aldea_core.domain.access.orgs import Org
from aldea_core.domain.access.people import SignIn, User
from aldea_core.domain.ids import OrgId, SignInId
from aldea_core.domain.names import proper_name
from aldea_core.ports.clock import Clock
from aldea_core.ports.sign_ins import SignIns
from aldea_core.ports.users import Users
from entrypoints.backend.pipeline.calls import Call
from entrypoints.backend.pipeline.pages import PageQuery, page_of
from entrypoints.backend.pipeline.problems import ProblemError, ProblemKind, invalid
from entrypoints.backend.pipeline.routes import (
    CALLER,
    SIGNED_IN,
    SIGNED_IN_SOMEHOW,
    Document,
    Operation,
    Resource,
    Wanted,
)
from entrypoints.backend.pipeline.texts import Language, Moment, Name, Zone
from entrypoints.backend.resources.key_documents import KeyLimitsDocument
from entrypoints.backend.resources.orgs import OrgDocument, OrgsOfCaller


class Me(Document, frozen=True, kw_only=True, tag_field="kind", tag="user"):
    """The signed-in user."""

    id: str
    email: str
    name: str
    zone: Annotated[str, Meta(description="A time zone of IANA's database.")]
    language: Annotated[str, Meta(description="A BCP 47 tag.")]
    created_at: Moment
    is_operator: bool
    company_org_id: Annotated[
        str | None,
        Meta(
            description="The only organisation that this sign-in opens: its identity provider "
            "vouched for the person."
        ),
    ]

    orgs: Annotated[
        list[OrgDocument] | None,
        Meta(description="The person's organisations, where they are asked for."),
    ] = None

    @classmethod
    def of(
        cls, user: User, company: OrgId | None = None, orgs: list[OrgDocument] | None = None
    ) -> "Me":
        return cls(
            id=user.id,
            email=user.email,
            name=user.name,
            zone=user.zone,
            language=user.language,
            created_at=user.created,
            is_operator=user.is_operator and company is None,
            company_org_id=company,
            orgs=orgs,
        )


class MeQuery(Wanted, frozen=True, kw_only=True):
    orgs: Annotated[bool, Meta(description="Whether to show the person's organisations too.")] = (
        False
    )


class KeyIdentity(Document, frozen=True, kw_only=True, tag_field="kind", tag="key"):
    """The API key of the request: what it may do, and until when."""

    id: str
    name: str
    hint: Annotated[str, Meta(description="How the key begins.")]
    scopes: list[str]
    tags: Annotated[list[str], Meta(description="Put on its requests.")]
    models: Annotated[
        list[str] | None, Meta(description="The models that it may use; null is all.")
    ]
    limits: KeyLimitsDocument
    expires_at: Moment | None
    org_id: str
    org_name: str

    @classmethod
    def of(cls, key: ApiKey, org: Org) -> "KeyIdentity":
        return cls(
            id=key.id,
            name=key.name,
            hint=key.hint,
            scopes=sorted(key.scopes),
            tags=list(key.tags),
            models=None if key.models is None else list(key.models),
            limits=KeyLimitsDocument.of(key.limits),
            expires_at=key.expires,
            org_id=org.id,
            org_name=org.name,
        )


class Profile(Wanted, frozen=True, kw_only=True):
    """What is left out stays as it is."""

    name: Name | None = None
    zone: Zone | None = None
    language: Language | None = None


class SignInDocument(Document, frozen=True, kw_only=True):
    """A sign-in of the user."""

    id: str
    created_at: Moment
    expires_at: Moment
    address: str
    agent: str
    last_seen_at: Annotated[
        Moment | None, Meta(description="When it was used last, to five minutes.")
    ]
    is_this_one: bool
    viewed_org_id: Annotated[
        str | None, Meta(description="The only organisation it reads: an operator's view.")
    ]
    company_org_id: Annotated[
        str | None,
        Meta(description="The only organisation it opens: that organisation's provider vouched."),
    ]

    @classmethod
    def of(cls, sign_in: SignIn, this: SignIn) -> "SignInDocument":
        return cls(
            id=sign_in.id,
            created_at=sign_in.created,
            expires_at=sign_in.expires,
            address=sign_in.address,
            agent=sign_in.agent,
            last_seen_at=sign_in.last_seen,
            is_this_one=sign_in.id == this.id,
            viewed_org_id=sign_in.org,
            company_org_id=sign_in.company,
        )


class SignInList(Document, frozen=True, kw_only=True):
    items: list[SignInDocument]
    next: str | None


@attrs.frozen
class MeRoutes(Resource):
    TAG = "Oneself"

    users: Users
    sign_ins: SignIns
    orgs_of_caller: OrgsOfCaller
    clock: Clock

    @Operation(
        "GET",
        "/v1/me",
        CALLER,
        "Who one is",
        query=MeQuery,
        about="A person, or the API key and what it may do; `kind` says which.",
    )
    async def get_caller(self, call: Call) -> Me | KeyIdentity:
        if call.key is not None:
            return KeyIdentity.of(call.key, call.org)
        if not call.query(MeQuery).orgs:
            return Me.of(call.user, call.company)
        orgs = await self.orgs_of_caller.all_documents(call)
        return Me.of(call.user, call.company, orgs)

    async def get_me(self, call: Call) -> Me:
        return Me.of(call.user, call.company)

    @Operation(
        "PATCH",
        "/v1/me",
        SIGNED_IN,
        "Change one's name, time zone or language",
        body=Profile,
        action="user.changed",
        current=get_me,
    )
    async def patch_me(self, call: Call) -> Me:
        user, wanted = call.user, call.body(Profile)
        if wanted.zone is not None and wanted.zone not in available_timezones():
            raise invalid("zone", "Must be a time zone of IANA's database, as Europe/Berlin.")
        changed = attrs.evolve(
            user,
            name=user.name if wanted.name is None else proper_name(wanted.name),
            zone=wanted.zone or user.zone,
            language=wanted.language or user.language,
        )
        await self.users.put(changed)
        call.note(user.id, _facts(user), _facts(changed))
        return Me.of(changed)

    @Operation("POST", "/v1/sign-out", SIGNED_IN_SOMEHOW, "Sign out", action="user.signed_out")
    async def post_sign_out(self, call: Call) -> None:
        await self.sign_ins.end(call.user.id, call.sign_in.id)
        call.note(call.sign_in.id)

    @Operation("GET", "/v1/me/sign-ins", SIGNED_IN, "List where one is signed in", query=PageQuery)
    async def get_sign_ins(self, call: Call) -> SignInList:
        found = await self.sign_ins.of_user(call.user.id, at=self.clock.now())
        page, following = page_of(found, call.query(PageQuery), lambda one: (one.created, one.id))
        items = [SignInDocument.of(sign_in, call.sign_in) for sign_in in page]
        return SignInList(items=items, next=following)

    @Operation(
        "DELETE",
        "/v1/me/sign-ins/{sign_in}",
        SIGNED_IN,
        "End one of one's sign-ins",
        action="user.sign_in_ended",
    )
    async def delete_sign_in(self, call: Call) -> None:
        sign_in = SignInId(call.path["sign_in"])
        if not await self.sign_ins.end(call.user.id, sign_in):
            raise ProblemError(ProblemKind.NOT_FOUND, "You have no such sign-in.")
        call.note(sign_in)

    @Operation(
        "DELETE",
        "/v1/me/sign-ins",
        SIGNED_IN,
        "Sign out everywhere, here too",
        action="user.signed_out_everywhere",
    )
    async def delete_sign_ins(self, call: Call) -> None:
        await self.sign_ins.end_all(call.user.id)
        call.note(call.user.id)


def _facts(user: User) -> Facts:
    return {"name": user.name, "zone": user.zone, "language": user.language}
