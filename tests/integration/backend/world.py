"""Two orgs with every kind of object, and every kind of caller."""

from datetime import timedelta

import attrs

from tests.contract.values import NOW, record
from tests.servers.backend import Person, Running

from aldea_core.domain.access.keys import SCOPES, KeySecret, KnownKey
from aldea_core.domain.access.limits import Entitlements, Kind
from aldea_core.domain.access.people import Invitation, Membership, OneTimeToken, Role, SignIn, User
from aldea_core.domain.access.tokens import Token, TokenKind
from aldea_core.domain.billing.invoices import Invoice
from aldea_core.domain.billing.months import Month
from aldea_core.domain.billing.usage import Lease
from aldea_core.domain.ids import InvitationId, OrgId, SessionId, SignInId, TaskId, UserId
from entrypoints.back_office import BackOffice


CALLERS = (
    "nobody",
    "stranger",
    "signed out",
    "member",
    "admin",
    "owner",
    "owner of another",
    "operator",
    "key with scope",
    "key without scope",
    "members' key",
    "admins' key",
    "key of another",
    "revoked key",
)
_BUNDLES = {"member", "admin", "owner"}


@attrs.define
class Org:
    """One org, and what is in it."""

    id: str
    users: dict[str, str] = attrs.Factory(dict)
    key: str = ""
    invitation: str = ""
    invited: str = ""
    session: str = ""
    request: str = ""
    invoice: str = ""


@attrs.define
class World:
    """
    Attributes:
        people: By what they are.
        sign_ins: Their sign-ins, by what they are.
        tokens: Tokens that emails would contain.
    """

    running: Running
    acme: Org
    other: Org
    people: dict[str, Person] = attrs.Factory(dict)
    sign_ins: dict[str, str] = attrs.Factory(dict)
    tokens: dict[str, str] = attrs.Factory(dict)
    kept: set[str] = attrs.Factory(set)

    def path(self, path: str, caller: str, *, things_of: Org | None = None) -> str:
        """The path of a route, with ids of Acme, or of things of another org."""
        things = things_of or self.acme
        month = Month.of(self.running.office.clock().now())
        ids = {
            "org": self.acme.id,
            "project": self.acme.id,
            "balance": f"cap-{month}" if things_of is None else "cap-1999-01",
            "model": "general" if things_of is None else "none",
            "email": things.invited,
            "member": things.users.get("member", ""),
            "key": things.key,
            "invitation": things.invitation,
            "session": things.session,
            "request": things.request,
            "invoice": things.invoice,
            "plan": "standard",
            "sign_in": self.sign_ins.get(
                caller if things_of is None else "owner of another", "none"
            ),
        }
        return path.format(**ids)


async def make_world(running: Running, scope: str | None = None) -> World:
    """
    Args:
        scope: What the key with scope has, and the one without has not.
    """
    office = running.office
    world = World(running, await _org(office, "Acme"), await _org(office, "Other"))
    for role in Role:
        await _person(world, role.value, world.acme, role)
    await _person(world, "member of another", world.other, Role.MEMBER)
    world.other.users["member"] = world.other.users["member of another"]
    await _person(world, "owner of another", world.other, Role.OWNER)
    await _person(world, "operator", None, None, is_operator=True)
    world.people["nobody"] = Person(running.client)
    world.people["stranger"] = Person(
        running.client, token=Token.mint(TokenKind.SIGN_IN, bytes(32)).reveal()
    )
    signed_out = await _person(world, "signed out", world.acme, Role.OWNER)
    await office.sign_ins().end(UserId(signed_out), SignInId(world.sign_ins["signed out"]))
    all_but = frozenset(SCOPES - _BUNDLES - {scope or ""})
    await _key(world, "key with scope", world.acme, frozenset({scope or "owner"}))
    await _key(world, "key without scope", world.acme, all_but)
    await _key(world, "members' key", world.acme, frozenset({"member"}))
    await _key(world, "admins' key", world.acme, frozenset({"admin"}))
    await _key(world, "key of another", world.other, frozenset({"owner"}))
    revoked = await _key(world, "revoked key", world.acme, frozenset({"owner"}))
    await office.revoke_key()(OrgId(world.acme.id), revoked)
    return world


async def _org(office: BackOffice, name: str) -> Org:
    org = await office.create_org()(name)
    key, _ = await office.create_key()(org.id, "first", scopes=frozenset({"usage:write"}))
    now = office.clock().now()
    token = Token.mint(TokenKind.INVITATION, office.randomness().bytes(32))
    invitation = InvitationId(office.randomness().uuid())
    inviting = Invitation(
        invitation, org.id, f"new-to-{name.lower()}@example.com", Role.MEMBER, token.hash, None, now,
        now + timedelta(days=1),
    )  # fmt: skip
    await office.invitations().add(inviting)
    session = SessionId(office.randomness().uuid())
    lease = Lease(
        session, KnownKey.of(key), Kind.LIVE, TaskId("gateway"), now, now + timedelta(minutes=5)
    )
    await office.leases().admit(lease, Entitlements(), at=now)
    made = await billed(office, org.id, months_ago=1)
    await office.set_cap()(org.id, 1_000_000)
    return Org(org.id, {}, key.id, invitation, inviting.email, session, f"{org.id}-1", made.id)


async def billed(office: BackOffice, org: str, *, months_ago: int) -> Invoice:
    """An invoice over a request that was made that long ago, by its draft."""
    month = await used(office, org, months_ago=months_ago)
    made, _ = await office.make_invoice()(OrgId(org), month)
    assert made is not None
    return made


async def used(office: BackOffice, org: str, *, months_ago: int) -> Month:
    """The month in which there was a request."""
    then = office.clock().now() - timedelta(days=31 * months_ago)
    request = record(
        f"{org}-{months_ago}", org=OrgId(org), audio_ms=3_600_000, started=then, ended=then
    )
    await office.ledger().record([request])
    return Month.of(then)


async def _person(
    world: World, name: str, org: Org | None, role: Role | None, *, is_operator: bool = False
) -> str:
    office, now = world.running.office, world.running.office.clock().now()
    email = f"{name.replace(' ', '-')}@example.com"
    hashed = await office.passwords().hash("correct horse battery")
    user = User(UserId(office.randomness().uuid()), email, name, hashed, now, now, is_operator)
    await office.users().add(user)
    if org is not None and role is not None:
        await office.members().put(Membership(user.id, OrgId(org.id), role, now))
        org.users[name] = user.id
    token = Token.mint(TokenKind.SIGN_IN, office.randomness().bytes(32))
    sign_in = SignIn(
        SignInId(office.randomness().uuid()), user.id, token.hash, now, now + timedelta(days=1)
    )
    await office.sign_ins().add(sign_in)
    world.people[name] = Person(world.running.client, email, token.reveal())
    world.sign_ins[name] = sign_in.id
    world.kept |= {hashed, token.hash, token.reveal()}
    return user.id


async def _key(world: World, name: str, org: Org, scopes: frozenset[str]):
    key, secret = await world.running.office.create_key()(OrgId(org.id), name, scopes=scopes)
    world.people[name] = Person(world.running.client, token=secret.reveal())
    world.kept |= {key.hash, secret.reveal()}
    return key.id


async def one_time_token(world: World, caller: str, kind: TokenKind) -> str:
    """The token of an email that was sent to the caller, or to a known address."""
    person = world.people.get(caller)
    email = person.email if person and person.email else "owner@example.com"
    user = await world.running.office.users().of_email(email)
    return await _one_time_token(world, user.id, kind)


async def pending(world: World) -> str:
    """The token of an email to a user who just signed up."""
    office = world.running.office
    user = User(
        UserId(office.randomness().uuid()), f"{office.randomness().uuid()}@example.com", "", "", NOW
    )
    await office.users().add(user)
    return await _one_time_token(world, user.id, TokenKind.CONFIRMATION)


async def _one_time_token(world: World, user: UserId, kind: TokenKind) -> str:
    office = world.running.office
    token = Token.mint(kind, office.randomness().bytes(32))
    expires = office.clock().now() + timedelta(minutes=5)
    await office.one_time_tokens().add(OneTimeToken(token.hash, user, kind, expires))
    world.kept |= {token.hash, token.reveal()}
    return token.reveal()


async def invitation(world: World, caller: str) -> str:
    """The token of an invitation of the caller to the other org."""
    office = world.running.office
    now = office.clock().now()
    token = Token.mint(TokenKind.INVITATION, office.randomness().bytes(32))
    invited = Invitation(
        InvitationId(office.randomness().uuid()), OrgId(world.other.id),
        world.people[caller].email, Role.MEMBER, token.hash, None, now, now + timedelta(days=1),
    )  # fmt: skip
    await office.invitations().add(invited)
    world.kept |= {token.hash, token.reveal()}
    return token.reveal()


def hashes(office: BackOffice) -> set[str]:
    """Every hash that the memory adapters keep by now."""
    stores = (office.users(), office.sign_ins(), office.one_time_tokens(), office.invitations())
    found = set()
    for store in stores:
        for values in vars(store).values():
            for value in values.values():
                found |= {getattr(value, "token", ""), getattr(value, "password", "")}
    for keys in office.accounts()._keys.values():
        found |= {key.hash for key in keys.values()}
    return found - {""}


def secrets_in(text: str) -> set[str]:
    """Whatever looks like a token or a key."""
    words = {word.strip('",{}[]:') for word in text.replace(":", " ").replace(",", " ").split()}
    return {
        word
        for word in words
        if KeySecret.parse(word) or any(Token.parse(kind, word) for kind in TokenKind)
    }
