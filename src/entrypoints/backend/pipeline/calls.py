"""One call of a route: who calls, what they want, and what was changed on the way."""

from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar

import attrs
import msgspec

from aldea_core.domain.access.audit import Actor, ActorKind, AuditEntry, Facts
from aldea_core.domain.access.keys import ApiKey
from aldea_core.domain.access.orgs import Org
from aldea_core.domain.access.people import Role, SignIn, User
from aldea_core.domain.ids import OrgId
from aldea_core.use_cases.access.sign_in import SignedIn


_Kind = TypeVar("_Kind", bound=msgspec.Struct)


@attrs.frozen
class Note:
    """A change, before it is known who is told about it."""

    target: str
    before: Facts
    after: Facts
    org: OrgId | None
    action: str = ""


@attrs.define
class Call:
    """
    Attributes:
        actor: Who calls, as the audit log knows them.
        signed_in: The user, if it is one.
        key: The API key, if it is one.
        known_org: The org it is about, if the route is about one.
        role: As what they act in that org.
        path: The ids in the path.
    """

    request_id: str
    actor: Actor
    agent: str = ""
    signed_in: SignedIn | None = None
    key: ApiKey | None = None
    known_org: Org | None = None
    role: Role = Role.MEMBER
    path: Mapping[str, str] = attrs.Factory(dict)
    parsed_body: msgspec.Struct | None = None
    parsed_query: msgspec.Struct | None = None
    _notes: list[Note] = attrs.field(factory=list, init=False)

    @property
    def org(self) -> Org:
        assert self.known_org is not None, "the route is about no org"
        return self.known_org

    @property
    def user(self) -> User:
        assert self.signed_in is not None, "the route is not for users"
        return self.signed_in.user

    @property
    def sign_in(self) -> SignIn:
        assert self.signed_in is not None, "the route is not for users"
        return self.signed_in.sign_in

    @property
    def scopes(self) -> frozenset[str] | None:
        """What the key may do; None if it is no key."""
        return None if self.key is None else self.key.scopes

    def acts_as(self, user: User, kind: ActorKind = ActorKind.USER) -> None:
        """Who it is turned out on the way."""
        self.actor = Actor(kind, user.id, user.email, self.actor.address)

    def body(self, kind: type[_Kind]) -> _Kind:
        assert isinstance(self.parsed_body, kind)
        return self.parsed_body

    def query(self, kind: type[_Kind]) -> _Kind:
        assert isinstance(self.parsed_query, kind)
        return self.parsed_query

    def note(
        self,
        target: str = "",
        before: Facts | None = None,
        after: Facts | None = None,
        *,
        org: OrgId | None = None,
        action: str = "",
    ) -> None:
        """
        Puts a change into the audit log, once it has happened. If nothing changed, it puts nothing.

        Args:
            target: What was changed, by its id.
            before: How it was, without secrets.
            after: How it is.
            org: Whose it is, where the path does not say.
            action: What it is called, if not as its route says.
        """
        if before is not None and before == after:
            return
        if org is None and self.known_org is not None:
            org = self.known_org.id
        self._notes.append(Note(target, before or {}, after or {}, org, action))

    def entries(self, action: str, *, at: datetime) -> list[AuditEntry]:
        """What was noted, for the audit log."""
        return [
            AuditEntry(
                at,
                self.actor,
                note.action or action,
                note.org,
                note.target,
                note.before,
                note.after,
                self.request_id,
            )
            for note in self._notes
        ]
