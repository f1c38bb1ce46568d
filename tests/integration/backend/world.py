"""Two orgs with every kind of object, and every kind of caller."""

from datetime import timedelta

import attrs

from tests.contract.values import NOW, record
from tests.servers.backend import Person, Running

from aldea_core.domain.access.identity_providers import IdentityProvider, ProviderEndpoints
from aldea_core.domain.access.keys import SCOPES, KeyDraft, KeySecret, KnownKey
from aldea_core.domain.access.limits import Entitlements, SessionKind
from aldea_core.domain.access.people import (
    EmailChange,
    Invitation,
    Membership,
    OneTimeToken,
    Role,
    SignIn,
    User,
)
from aldea_core.domain.access.second_factor import SecondFactor
from aldea_core.domain.access.tokens import Token, TokenKind
from aldea_core.domain.billing.credit_notes import CreditNote
from aldea_core.domain.billing.invoices import Invoice
from aldea_core.domain.billing.months import Month
from aldea_core.domain.ids import (
    EmailChangeId,
    InvitationId,
    OrgId,
    SessionId,
    SignInId,
    TaskId,
    UserId,
)
from aldea_core.domain.live.leases import Lease
from aldea_core.domain.notifications.signing import PREFIX
from entrypoints.containers.services import Services


CALLERS = (
    "anonymous",
    "outsider",
    "signed out",
    "member",
    "admin",
    "owner",
    "owner of another",
    "operator",
    "view",
    "view of another",
    "by company",
    "key with scope",
    "key without scope",
    "members' key",
    "admins' key",
    "key of another",
    "revoked key",
)
_SIGNED = "eyJ"  # how a signed token begins (RFC 7519)
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
    endpoint: str = ""
    delivery: str = ""
    credit_note: str = ""


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
        month = Month.of(self.running.services.stores.clock().now())
        ids = {
            "org": self.acme.id,
            "project": self.acme.id,
            "balance": f"cap-{month}" if things_of is None else "cap-1999-01",
            "model": "general" if things_of is None else "none",
            "email": things.invited,
            "member": things.users.get("member", ""),
            "user": things.users.get("member", ""),
            "key": things.key,
            "invitation": things.invitation,
            "session": things.session,
            "request": things.request,
            "invoice": things.invoice,
            "endpoint": things.endpoint,
            "delivery": things.delivery,
            "credit_note": things.credit_note,
            "plan": "standard",
            "passkey": "phone",
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
    services = running.services
    world = World(running, await _org(services, "Acme"), await _org(services, "Other"))
    for role in Role:
        await _person(world, role.value, world.acme, role)
    await _person(world, "member of another", world.other, Role.MEMBER)
    world.other.users["member"] = world.other.users["member of another"]
    await _person(world, "owner of another", world.other, Role.OWNER)
    await _person(world, "operator", None, None, is_operator=True)
    await _view(world, "view", world.acme)
    await _view(world, "view of another", world.other)
    await _by_company(world, "by company")
    world.people["anonymous"] = Person(running.client)
    world.people["outsider"] = Person(
        running.client, token=Token.mint(TokenKind.SIGN_IN, bytes(32)).reveal()
    )
    signed_out = await _person(world, "signed out", world.acme, Role.OWNER)
    await services.people.sign_ins().end(UserId(signed_out), SignInId(world.sign_ins["signed out"]))
    all_but = frozenset(SCOPES - _BUNDLES - {scope or ""})
    await _key(world, "key with scope", world.acme, frozenset({scope or "owner"}))
    await _key(world, "key without scope", world.acme, all_but)
    await _key(world, "members' key", world.acme, frozenset({"member"}))
    await _key(world, "admins' key", world.acme, frozenset({"admin"}))
    await _key(world, "key of another", world.other, frozenset({"owner"}))
    revoked = await _key(world, "revoked key", world.acme, frozenset({"owner"}))
    await services.identity.revoke_key()(OrgId(world.acme.id), revoked)
    return world


async def _org(services: Services, name: str) -> Org:
    org = await services.identity.create_org()(name)
    key, _ = await services.identity.create_key()(
        org.id, KeyDraft("first", scopes=frozenset({"usage:write"}))
    )
    now = services.stores.clock().now()
    token = Token.mint(TokenKind.INVITATION, services.stores.randomness().bytes(32))
    invitation = InvitationId(services.stores.randomness().uuid())
    inviting = Invitation(
        invitation, org.id, f"new-to-{name.lower()}@example.com", Role.MEMBER, token.hash, None, now,
        now + timedelta(days=1),
    )  # fmt: skip
    await services.people.invitations().add(inviting)
    session = SessionId(services.stores.randomness().uuid())
    lease = Lease(
        session,
        KnownKey.of(key),
        SessionKind.LIVE,
        TaskId("gateway"),
        now,
        now + timedelta(minutes=5),
    )
    await services.stores.leases().admit(lease, Entitlements(), at=now)
    made = await billed(services, org.id, months_ago=1)
    await services.billing.set_cap()(org.id, 1_000_000)
    endpoint = await services.notifications.add_endpoint()(org.id, "https://example.com/hook")
    delivery = await services.notifications.send_test()(org.id, endpoint.id)
    # Nothing is sent to it while tests look.
    await services.people.deliveries().claim(
        at=now + timedelta(days=1), until=now + timedelta(days=9), limit=1000, per_endpoint=1000
    )
    return Org(
        org.id,
        {},
        key.id,
        invitation,
        inviting.email,
        session,
        f"{org.id}-1",
        made.id,
        endpoint.id,
        delivery.id,
        await _credited(services, org.id),
    )


async def billed(services: Services, org: str, *, months_ago: int) -> Invoice:
    """An invoice over a request that was made that long ago, by its draft."""
    month = await used(services, org, months_ago=months_ago)
    made, _ = await services.invoicing.make_invoice()(OrgId(org), month)
    assert made is not None
    return made


async def _credited(services: Services, org: OrgId) -> str:
    """A credit note on an older invoice."""
    invoice = await billed(services, org, months_ago=5)
    await services.invoicing.issue_invoice()(invoice.id)
    note = await services.invoicing.credit_invoice()(invoice.id, 1, "Outage")
    assert isinstance(note, CreditNote)
    return note.id


async def used(services: Services, org: str, *, months_ago: int) -> Month:
    """The month in which there was a request."""
    then = services.stores.clock().now() - timedelta(days=31 * months_ago)
    request = record(
        f"{org}-{months_ago}", org=OrgId(org), audio_ms=3_600_000, started=then, ended=then
    )
    await services.stores.ledger().record([request])
    return Month.of(then)


async def _person(
    world: World, name: str, org: Org | None, role: Role | None, *, is_operator: bool = False
) -> str:
    services, now = world.running.services, world.running.services.stores.clock().now()
    email = f"{name.replace(' ', '-')}@example.com"
    hashed = await services.people.passwords().hash("correct horse battery")
    user = User(
        UserId(services.stores.randomness().uuid()), email, name, hashed, now, now, is_operator
    )
    await services.people.users().add(user)
    if org is not None and role is not None:
        await services.people.members().put(Membership(user.id, OrgId(org.id), role, now))
        org.users[name] = user.id
    token = Token.mint(TokenKind.SIGN_IN, services.stores.randomness().bytes(32))
    sign_in = SignIn(
        SignInId(services.stores.randomness().uuid()),
        user.id,
        token.hash,
        now,
        now + timedelta(days=1),
    )
    await services.people.sign_ins().add(sign_in)
    world.people[name] = Person(world.running.client, email, token.reveal())
    world.sign_ins[name] = sign_in.id
    world.kept |= {hashed, token.hash, token.reveal()}
    return user.id


async def _by_company(world: World, name: str) -> None:
    """
    A member of Acme by the word of Acme's identity provider, who would be an operator, and a member
    of the other org, by their own.
    """
    people, now = world.running.services.people, world.running.services.stores.clock().now()
    secret = "secret of the client"
    for org in (world.acme, world.other):
        domains = (f"{org.id}.example",)
        at_provider = ProviderEndpoints(
            "https://id.example", "https://id.example", "https://id.example"
        )
        provider = IdentityProvider(
            OrgId(org.id),
            "https://id.example",
            "client",
            secret,
            at_provider,
            domains,
            "proof",
            now,
        )
        await people.identity_providers().put(provider)
    world.kept.add(secret)
    user = UserId(await _person(world, name, world.acme, Role.MEMBER, is_operator=True))
    await people.members().put(Membership(user, OrgId(world.other.id), Role.MEMBER, now))
    (own,) = await people.sign_ins().of_user(user, at=now)
    await people.sign_ins().end(user, own.id)
    await people.sign_ins().add(attrs.evolve(own, company=OrgId(world.acme.id)))


async def _view(world: World, name: str, org: Org) -> None:
    """A token by which the operator reads *org*."""
    services = world.running.services
    operator = await services.people.users().of_email("operator@example.com")
    view, token = await services.operators.begin_view()(operator, OrgId(org.id))
    world.people[name] = Person(world.running.client, operator.email, token.reveal())
    world.sign_ins[name] = view.id
    world.kept |= {view.token, token.reveal()}


async def _key(world: World, name: str, org: Org, scopes: frozenset[str]):
    key, secret = await world.running.services.identity.create_key()(
        OrgId(org.id), KeyDraft(name, scopes=scopes)
    )
    world.people[name] = Person(world.running.client, token=secret.reveal())
    world.kept |= {key.hash, secret.reveal()}
    return key.id


async def one_time_token(world: World, caller: str, kind: TokenKind) -> str:
    """The token of an email that was sent to the caller, or to a known address."""
    person = world.people.get(caller)
    email = person.email if person and person.email else "owner@example.com"
    user = await world.running.services.people.users().of_email(email)
    return await _one_time_token(world, user.id, kind)


async def email_change_token(world: World, caller: str) -> str:
    """The token that completes a change of the caller's address, or of a known one."""
    services = world.running.services
    person = world.people.get(caller)
    email = person.email if person and person.email else "owner@example.com"
    user = await services.people.users().of_email(email)
    token = Token.mint(TokenKind.CHANGE_TO, services.stores.randomness().bytes(32))
    change = EmailChange(
        EmailChangeId(services.stores.randomness().uuid()),
        user.id,
        f"{services.stores.randomness().uuid()}@example.com",
        services.stores.clock().now() + timedelta(minutes=5),
        {TokenKind.CHANGE_TO: token.hash},
        frozenset({TokenKind.CHANGE_FROM}),
    )
    await services.people.email_changes().put(change)
    world.kept |= {token.hash, token.reveal()}
    return token.reveal()


async def second_factor(world: World, caller: str, *, is_confirmed: bool = False) -> str:
    """The secret of a factor of the caller, or of a known user."""
    services = world.running.services
    person = world.people.get(caller)
    email = person.email if person and person.email else "owner@example.com"
    user = await services.people.users().of_email(email)
    now = services.stores.clock().now()
    secret = services.people.one_time_codes().secret(services.stores.randomness().bytes(20))
    confirmed = now if is_confirmed else None
    await services.people.second_factors().put(SecondFactor(user.id, secret, now, confirmed))
    world.kept.add(secret)
    return secret


async def pending(world: World) -> str:
    """The token of an email to a user who just signed up."""
    services = world.running.services
    user = User(
        UserId(services.stores.randomness().uuid()),
        f"{services.stores.randomness().uuid()}@example.com",
        "",
        "",
        NOW,
    )
    await services.people.users().add(user)
    return await _one_time_token(world, user.id, TokenKind.CONFIRMATION)


async def _one_time_token(world: World, user: UserId, kind: TokenKind) -> str:
    services = world.running.services
    token = Token.mint(kind, services.stores.randomness().bytes(32))
    expires = services.stores.clock().now() + timedelta(minutes=5)
    await services.people.one_time_tokens().add(OneTimeToken(token.hash, user, kind, expires))
    world.kept |= {token.hash, token.reveal()}
    return token.reveal()


async def invitation(world: World, caller: str) -> str:
    """The token of an invitation of the caller to the other org."""
    services = world.running.services
    now = services.stores.clock().now()
    token = Token.mint(TokenKind.INVITATION, services.stores.randomness().bytes(32))
    invited = Invitation(
        InvitationId(services.stores.randomness().uuid()), OrgId(world.other.id),
        world.people[caller].email, Role.MEMBER, token.hash, None, now, now + timedelta(days=1),
    )  # fmt: skip
    await services.people.invitations().add(invited)
    world.kept |= {token.hash, token.reveal()}
    return token.reveal()


def hashes(services: Services) -> set[str]:
    """Every hash that the memory adapters keep by now."""
    stores = (
        services.people.users(),
        services.people.sign_ins(),
        services.people.one_time_tokens(),
        services.people.invitations(),
    )
    found = set()
    for store in stores:
        for values in vars(store).values():
            for value in values.values():
                found |= {getattr(value, "token", ""), getattr(value, "password", "")}
    for keys in services.stores.accounts()._keys.values():
        found |= {key.hash for key in keys.values()}
    return found - {""}


def secrets_in(text: str) -> set[str]:
    """Whatever looks like a token or a key."""
    words = {word.strip('",{}[]:') for word in text.replace(":", " ").replace(",", " ").split()}
    return {
        word
        for word in words
        if KeySecret.parse(word)
        or word.startswith((PREFIX, _SIGNED))
        or any(Token.parse(kind, word) for kind in TokenKind)
    }
