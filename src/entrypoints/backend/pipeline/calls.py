"""One call of a route: the caller, the parsed request, and the changes for the audit log."""

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
    """A change to be written to the audit log."""

    target: str
    before: Facts
    after: Facts
    org: OrgId | None
    action: str = ""


@attrs.define
class Call:
    """
    Attributes:
        actor: The caller, as the audit log shows it.
        signed_in: The user and sign-in; None if the caller is an API key.
        key: The API key; None if the caller used none.
        known_org: The org the route is about, if any.
        role: The caller's role in that org.
        path: The ids in the path.
        last_event_id: Of server-sent events, the last that the caller has seen; else empty.
    """

    request_id: str
    actor: Actor
    agent: str = ""
    signed_in: SignedIn | None = None
    key: ApiKey | None = None
    known_org: Org | None = None
    role: Role = Role.MEMBER
    path: Mapping[str, str] = attrs.Factory(dict)
    last_event_id: str = ""
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
    def viewed(self) -> OrgId | None:
        """The org that an operator views by this call's token; None for every other token."""
        return None if self.signed_in is None else self.signed_in.sign_in.org

    @property
    def company(self) -> OrgId | None:
        """The only org that this call's sign-in opens, if a company's provider vouched for it."""
        return None if self.signed_in is None else self.signed_in.sign_in.company

    @property
    def scopes(self) -> frozenset[str] | None:
        """The API key's scopes; None if the caller is no key."""
        return None if self.key is None else self.key.scopes

    def acts_as(self, user: User, kind: ActorKind = ActorKind.USER) -> None:
        """Sets the caller, once it is known."""
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
        Records a change for the audit log, after it has happened; nothing if *before* equals
        *after*.

        Args:
            target: The id of what was changed.
            before: Its fields before, without secrets.
            after: Its fields after.
            org: The org it belongs to, where the path does not say.
            action: Name of the change, if not the route's.
        """
        if before is not None and before == after:
            return
        if org is None and self.known_org is not None:
            org = self.known_org.id
        self._notes.append(Note(target, before or {}, after or {}, org, action))

    def entries(self, action: str, *, at: datetime) -> list[AuditEntry]:
        """The recorded changes as audit entries."""
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
