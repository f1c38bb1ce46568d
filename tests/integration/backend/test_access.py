"""
Every route by every kind of caller: the right status, and no data of another org. The table
lists who may call which route. A route that is not in it fails the test.
"""

from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import attrs
import pytest

from tests.integration.backend.world import (
    CALLERS,
    World,
    email_change_token,
    hashes,
    invitation,
    make_world,
    one_time_token,
    pending,
    second_factor,
    secrets_in,
    used,
)
from tests.servers.backend import PASSWORD, backend

from adapters.memory.one_time_codes import code_of
from aldea_core.domain.access.keys import allows
from aldea_core.domain.access.passkeys import Credential, Passkey
from aldea_core.domain.access.people import Membership, Role
from aldea_core.domain.access.tokens import TokenKind
from aldea_core.domain.ids import InvoiceId, OrgId, PasskeyId
from entrypoints.containers.services import Services
from entrypoints.settings import Settings


Body = Callable[[World, str], Awaitable[Any]]


@attrs.frozen
class Row:
    """
    Attributes:
        least: The least role in the org; or anybody, caller, user, operator, key.
        ok: The status for allowed callers.
        scope: The scope that a key needs; None if no key may.
        body: What is sent.
        hands_out: Whether the answer has a secret in it.
        elsewhere: What a key of another org gets, on routes of keys.
        query: What is asked for, without the question mark.
        changes: Whether anything is different afterwards, so that the audit log says so.
        company: Whether a sign-in by a company's provider may, of routes for users.
    """

    least: str
    ok: int = 200
    scope: str | None = None
    body: Any = None
    hands_out: bool = False
    query: str = ""
    elsewhere: int = 404
    changes: bool = True
    company: bool = False

    def lets_in(self, caller: str) -> bool:
        """Whether a key of the org has the scope."""
        if self.scope is None:
            return False
        scopes = {
            "members' key": {"member"},
            "admins' key": {"admin"},
            "key with scope": {self.scope},
        }
        return allows(scopes.get(caller, set()), self.scope)

    def expected(self, caller: str, *, is_change: bool) -> int:
        if self.least == "anybody":
            return self.ok
        if caller in {"view", "view of another"} and self.least != "key":
            if is_change or self.least in {"operator", "user", "caller"}:
                return 403
            return self.ok if caller == "view" else 404
        if caller in {"anonymous", "outsider", "signed out", "revoked key"}:
            return 401
        if self.least == "key":
            if "key" not in caller:
                return 401
            if caller == "key of another":
                return self.elsewhere
            return self.ok if self.lets_in(caller) else 403
        if self.least == "operator":
            return self.ok if caller == "operator" else 403
        if self.least == "caller":
            return self.ok
        if self.least == "user":
            is_company = caller == "by company"
            return 403 if "key" in caller or (is_company and not self.company) else self.ok
        if caller in {"owner of another", "key of another", "operator"}:
            return 404
        if "key" in caller:
            return self.ok if self.lets_in(caller) else 403
        ranks = ["member", "admin", "owner"]
        caller = "member" if caller == "by company" else caller
        return self.ok if ranks.index(caller) >= ranks.index(self.least) else 403


async def confirming(world: World, caller: str) -> Any:
    return {"token": await pending(world), "password": NEW_PASSWORD, "name": "Zoe"}


async def resetting(world: World, caller: str) -> Any:
    return {"token": await one_time_token(world, caller, TokenKind.RESET), "password": NEW_PASSWORD}


async def accepting(world: World, caller: str) -> Any:
    person = world.people[caller]
    return {"token": await invitation(world, caller) if person.email else "inv_none"}


async def invited(world: World, caller: str) -> Any:
    return {"token": await invitation(world, "owner of another")}


async def changing_email(world: World, caller: str) -> None:
    """Has a change of the caller's address under way; nothing is sent."""
    await email_change_token(world, caller)


async def enrolled(world: World, caller: str) -> Any:
    """An app of the caller's, and its code."""
    now = world.running.services.stores.clock().now()
    secret = await second_factor(world, caller)
    return {"code": code_of(secret, int(now.timestamp()) // 30)}


async def with_second_factor(world: World, caller: str) -> Any:
    await second_factor(world, caller, is_confirmed=True)
    return {"password": PASSWORD}


async def with_passkey(world: World, caller: str) -> None:
    """A passkey of the caller's; nothing is sent."""
    person = await world.running.services.people.users().of_email(world.people[caller].email)
    if person is not None:
        now = world.running.services.stores.clock().now()
        credential = Credential("credential", b"key", 0)
        passkey = Passkey(PasskeyId("phone"), person.id, "Phone", credential, now)
        await world.running.services.people.passkeys().add(passkey)


async def lost_second_factor(world: World, caller: str) -> Any:
    await second_factor(world, "member", is_confirmed=True)


async def challenged(world: World, caller: str) -> Any:
    """A challenge to the owner, and the code that it wants."""
    now = world.running.services.stores.clock().now()
    secret = await second_factor(world, "owner", is_confirmed=True)
    token = await one_time_token(world, "owner", TokenKind.CHALLENGE)
    return {"challenge": token, "code": code_of(secret, int(now.timestamp()) // 30)}


async def leaving(world: World, caller: str) -> Any:
    """Makes the operator another owner of the other org, so that its owner may leave."""
    people = world.running.services.people
    user = await people.users().of_email("operator@example.com")
    now = world.running.services.stores.clock().now()
    await people.members().put(Membership(user.id, OrgId(world.other.id), Role.OWNER, now))
    if caller == "operator":
        await people.members().remove(OrgId(world.other.id), user.id)
    return {"password": PASSWORD}


async def confirming_email(world: World, caller: str) -> Any:
    return {"token": await email_change_token(world, "owner")}


async def billing(world: World, caller: str) -> Any:
    month = await used(world.running.services, world.acme.id, months_ago=3)
    return {"org_id": world.acme.id, "month": str(month)}


async def for_tokens(world: World, caller: str) -> Any:
    """Its first token would make the key behind it too."""
    await world.running.services.keys.find_token_key()(OrgId(world.acme.id))
    return {}


async def issued(world: World, caller: str) -> Any:
    await world.running.services.invoicing.issue_invoice()(InvoiceId(world.acme.invoice))


async def crediting(world: World, caller: str) -> Any:
    await issued(world, caller)
    return {"amount": 1, "reason": "Outage"}


GOLD = {
    "id": "gold",
    "name": "Gold",
    "currency": "EUR",
    "prices": [{"kind": "live", "a_minute": "0.01"}, {"kind": "file", "a_minute": "0.005"}],
}
LIMITS = {
    "concurrent_live": 1,
    "concurrent_files": 2,
    "requests_per_minute": None,
    "request_burst": 3,
    "quota_ms": 4,
    "max_upload_bytes": 5,
    "max_file_seconds": 6,
    "max_live_seconds": 7,
}
PROVIDER = {
    "issuer": "https://127.0.0.1/",
    "client_id": "c",
    "client_secret": "s",
    "domains": ["a.example"],
}
NEW_PASSWORD = "staple in the battery"
ACCOUNT = {"email": "z@example.com", "password": NEW_PASSWORD, "name": "Z"}
SIGN_IN = {"email": "owner@example.com", "password": PASSWORD}

TABLE: dict[str, Row] = {
    "POST /v1/sign-up": Row("anybody", 202, body=ACCOUNT),
    "POST /v1/confirm": Row("anybody", body=confirming),
    "POST /v1/confirm/resend": Row("anybody", 202, body={"email": "owner@example.com"}),
    "POST /v1/sign-in": Row("anybody", body=SIGN_IN, hands_out=True),
    "POST /v1/sign-in/passkey/options": Row("anybody", body={}, hands_out=True),
    "POST /v1/sign-in/passkey": Row("anybody", 422, body={"ceremony": "psk_", "credential": {}}),
    "GET /v1/me/passkeys": Row("user"),
    "POST /v1/me/passkey-options": Row("user", body={"password": PASSWORD}, hands_out=True),
    "POST /v1/me/passkeys": Row(
        "user", 422, body={"ceremony": "npk_", "name": "k", "credential": {}}
    ),
    "DELETE /v1/me/passkeys/{passkey}": Row("user", 204, body=with_passkey),
    "POST /v1/sign-in/company": Row("anybody", 422, body={"email": "a@example.org"}),
    "POST /v1/sign-in/company/complete": Row("anybody", 422, body={"state": "sso_", "code": "x"}),
    "GET /v1/orgs/{org}/identity-provider": Row("admin"),
    "PUT /v1/orgs/{org}/identity-provider": Row("owner", 422, body=PROVIDER),
    "POST /v1/orgs/{org}/identity-provider/proofs": Row("owner"),
    "DELETE /v1/orgs/{org}/identity-provider": Row("owner", 204),
    "POST /v1/password-reset": Row("anybody", 202, body={"email": "owner@example.com"}),
    "POST /v1/password-reset/complete": Row("anybody", 204, body=resetting),
    "POST /v1/me/password": Row("user", 204, body={"old": PASSWORD, "new": NEW_PASSWORD}),
    "GET /v1/me": Row("caller", company=True),
    "PATCH /v1/me": Row("user", body={"name": "Anna"}),
    "POST /v1/me/email": Row("user", 202, body={"email": "new@example.com", "password": PASSWORD}),
    "GET /v1/me/email": Row("user", body=changing_email),
    "DELETE /v1/me/email": Row("user", 204, body=changing_email),
    "POST /v1/me/email/confirm": Row("anybody", body=confirming_email),
    "POST /v1/me/delete": Row("user", 204, body=leaving),
    "POST /v1/sign-in/second-factor": Row("anybody", body=challenged, hands_out=True),
    "GET /v1/me/second-factor": Row("user"),
    "POST /v1/me/second-factor": Row("user", 201, body={"password": PASSWORD}),
    "POST /v1/me/second-factor/confirm": Row("user", body=enrolled),
    "POST /v1/me/second-factor/recovery-codes": Row("user", body=with_second_factor),
    "POST /v1/me/second-factor/disable": Row("user", 204, body=with_second_factor),
    "POST /v1/sign-out": Row("user", 204, company=True),
    "GET /v1/me/sign-ins": Row("user"),
    "DELETE /v1/me/sign-ins": Row("user", 204),
    "DELETE /v1/me/sign-ins/{sign_in}": Row("user", 204),
    "GET /v1/orgs": Row("user", company=True),
    "POST /v1/orgs": Row("user", 201, body={"name": "Third"}),
    "GET /v1/orgs/{org}": Row("member", scope="project:read"),
    "PATCH /v1/orgs/{org}": Row("admin", scope="project:write", body={"name": "Acme 2"}),
    "DELETE /v1/orgs/{org}": Row("owner", 204),
    "GET /v1/orgs/{org}/members": Row("member", scope="members:read"),
    "GET /v1/orgs/{org}/members/{member}": Row("member", scope="members:read"),
    "PATCH /v1/orgs/{org}/members/{member}": Row(
        "admin", scope="members:write", body={"role": "member"}, changes=False
    ),
    "DELETE /v1/orgs/{org}/members/{member}": Row("admin", 204, scope="members:write"),
    "POST /v1/orgs/{org}/leave": Row("member", 204),
    "GET /v1/orgs/{org}/invitations": Row("admin", scope="invites:read"),
    "POST /v1/orgs/{org}/invitations": Row(
        "admin", 201, scope="invites:write", body={"email": "z@example.com"}
    ),
    "DELETE /v1/orgs/{org}/invitations/{invitation}": Row("admin", 204, scope="invites:write"),
    "POST /v1/orgs/{org}/invitations/{invitation}/resend": Row("admin", scope="invites:write"),
    "POST /v1/invitations/show": Row("anybody", body=invited),
    "POST /v1/invitations/decline": Row("anybody", 204, body=invited),
    "POST /v1/invitations/accept": Row("user", body=accepting),
    "GET /v1/orgs/{org}/keys": Row("admin", scope="keys:read"),
    "POST /v1/orgs/{org}/keys": Row(
        "admin", 201, "keys:write", {"name": "k", "scopes": ["keys:write"]}, hands_out=True
    ),
    "POST /v1/orgs/{org}/tokens": Row("member", 201, "usage:write", for_tokens, hands_out=True),
    "GET /v1/orgs/{org}/keys/{key}": Row("admin", scope="keys:read"),
    "PATCH /v1/orgs/{org}/keys/{key}": Row("admin", scope="keys:write", body={"name": "renamed"}),
    "DELETE /v1/orgs/{org}/keys/{key}": Row("admin", 204, scope="keys:write"),
    "POST /v1/orgs/{org}/keys/{key}/rotate": Row(
        "admin", 201, "keys:write", {"overlap_seconds": 60}, hands_out=True
    ),
    "GET /v1/orgs/{org}/limits": Row("member", scope="project:read"),
    "GET /v1/orgs/{org}/sessions": Row("member", scope="usage:read"),
    "GET /v1/orgs/{org}/sessions/events": Row("member", scope="usage:read", query="follow=false"),
    "GET /v1/operator/sessions/events": Row("operator", query="follow=false"),
    "DELETE /v1/orgs/{org}/sessions/{session}": Row("admin", 204, scope="project:write"),
    "GET /v1/orgs/{org}/overview": Row("member", scope="usage:read"),
    "GET /v1/orgs/{org}/usage": Row("member", scope="usage:read"),
    "GET /v1/orgs/{org}/usage/groups": Row("member", scope="usage:read"),
    "GET /v1/orgs/{org}/usage/refusals": Row("member", scope="usage:read"),
    "GET /v1/orgs/{org}/usage/csv": Row("member", scope="usage:read"),
    "GET /v1/orgs/{org}/requests": Row("member", scope="usage:read"),
    "GET /v1/orgs/{org}/requests/{request}": Row("member", scope="usage:read"),
    "GET /v1/plans": Row("user", company=True),
    "GET /v1/orgs/{org}/plans": Row("member", scope="billing:read"),
    "GET /v1/orgs/{org}/charges": Row("member", scope="billing:read"),
    "GET /v1/orgs/{org}/costs": Row("member", scope="billing:read"),
    "GET /v1/orgs/{org}/spending-cap": Row("member", scope="billing:read"),
    "PUT /v1/orgs/{org}/spending-cap": Row("owner", body={"amount": 5}),
    "GET /v1/orgs/{org}/invoices": Row("member", scope="billing:read"),
    "GET /v1/orgs/{org}/invoices/{invoice}": Row("member", scope="billing:read"),
    "GET /v1/orgs/{org}/invoices/{invoice}/html": Row("member", scope="billing:read"),
    "GET /v1/orgs/{org}/invoices/{invoice}/pdf": Row("member", scope="billing:read"),
    "GET /v1/operator/plans": Row("operator"),
    "POST /v1/operator/plans": Row("operator", 201, body=GOLD),
    "GET /v1/operator/plans/{plan}": Row("operator"),
    "PATCH /v1/operator/plans/{plan}": Row("operator", body={"is_archived": False}, changes=False),
    "PATCH /v1/operator/plans/{plan}/limits": Row("operator", body={"concurrent_files": 3}),
    "PUT /v1/operator/orgs/{org}/plan": Row("operator", body={"plan": "standard"}, changes=False),
    "GET /v1/operator/orgs/{org}/charges": Row("operator"),
    "PUT /v1/operator/orgs/{org}/spending-cap": Row("operator", body={"amount": 5}),
    "POST /v1/operator/invoices": Row("operator", body=billing),
    "GET /v1/operator/invoices": Row("operator"),
    "GET /v1/operator/invoices/{invoice}": Row("operator"),
    "GET /v1/operator/invoices/{invoice}/html": Row("operator"),
    "GET /v1/operator/invoices/{invoice}/pdf": Row("operator"),
    "POST /v1/operator/invoices/{invoice}/issue": Row("operator"),
    "POST /v1/operator/invoices/{invoice}/pay": Row("operator", body=issued),
    "POST /v1/operator/invoices/{invoice}/void": Row("operator", body=issued),
    "GET /v1/webhooks/event-types": Row("user", company=True),
    "GET /v1/orgs/{org}/webhooks": Row("admin", scope="project:write"),
    "POST /v1/orgs/{org}/webhooks": Row(
        "admin", 201, "project:write", {"url": "https://example.com/"}, hands_out=True
    ),
    "GET /v1/orgs/{org}/webhooks/{endpoint}": Row("admin", scope="project:write"),
    "PATCH /v1/orgs/{org}/webhooks/{endpoint}": Row(
        "admin", scope="project:write", body={"description": "ours"}
    ),
    "DELETE /v1/orgs/{org}/webhooks/{endpoint}": Row("admin", 204, scope="project:write"),
    "POST /v1/orgs/{org}/webhooks/{endpoint}/rotate": Row(
        "admin", 201, "project:write", {"overlap_seconds": 60}, hands_out=True
    ),
    "POST /v1/orgs/{org}/webhooks/{endpoint}/test": Row("admin", 202, "project:write"),
    "GET /v1/orgs/{org}/webhooks/{endpoint}/deliveries": Row("admin", scope="project:write"),
    "GET /v1/orgs/{org}/webhooks/{endpoint}/deliveries/{delivery}": Row(
        "admin", scope="project:write"
    ),
    "POST /v1/orgs/{org}/webhooks/{endpoint}/deliveries/{delivery}/resend": Row(
        "admin", 202, "project:write"
    ),
    "GET /v1/orgs/{org}/credit-notes": Row("member", scope="billing:read"),
    "GET /v1/orgs/{org}/credit-notes/{credit_note}": Row("member", scope="billing:read"),
    "GET /v1/orgs/{org}/credit-notes/{credit_note}/html": Row("member", scope="billing:read"),
    "GET /v1/orgs/{org}/credit-notes/{credit_note}/pdf": Row("member", scope="billing:read"),
    "POST /v1/operator/invoices/{invoice}/credit-notes": Row("operator", 201, body=crediting),
    "GET /v1/orgs/{org}/billing-profile": Row("member", scope="billing:read"),
    "PUT /v1/orgs/{org}/billing-profile": Row("admin", body={"legal_name": "Acme S.L."}),
    "GET /v1/operator/orgs/{org}/billing-terms": Row("operator"),
    "PUT /v1/operator/orgs/{org}/billing-terms": Row("operator", body={"tax_rate": "21"}),
    "GET /v1/operator/tax-rates": Row("operator"),
    "PUT /v1/operator/tax-rates": Row(
        "operator", body={"items": [{"country": "ES", "rate": "21"}]}
    ),
    "GET /v1/orgs/{org}/alerts": Row("member", scope="billing:read"),
    "PUT /v1/orgs/{org}/alerts": Row("admin", scope="project:write", body={"thresholds": [90]}),
    "GET /v1/orgs/{org}/alerts/emails": Row("admin"),
    "PUT /v1/orgs/{org}/alerts/emails": Row("admin", body={"are_wanted": False}),
    "GET /v1/orgs/{org}/events": Row("admin", scope="project:write"),
    "GET /v1/orgs/{org}/audit": Row("admin"),
    "GET /v1/operator/audit": Row("operator"),
    "GET /v1/operator/orgs": Row("operator"),
    "POST /v1/operator/orgs": Row("operator", 201, body={"name": "Third"}),
    "POST /v1/operator/orgs/{org}/owners": Row("operator", 201, body={"email": "z@example.com"}),
    "GET /v1/operator/orgs/{org}": Row("operator"),
    "PATCH /v1/operator/orgs/{org}": Row("operator", body={"status": "suspended"}),
    "GET /v1/operator/orgs/{org}/limits": Row("operator"),
    "PUT /v1/operator/orgs/{org}/limits": Row("operator", body=LIMITS),
    "DELETE /v1/operator/orgs/{org}/limits": Row("operator", changes=False),
    "GET /v1/operator/orgs/{org}/audit": Row("operator"),
    "POST /v1/operator/orgs/{org}/view": Row("operator", 201, body={}, hands_out=True),
    "GET /v1/operator/users": Row("operator"),
    "GET /v1/operator/users/{user}": Row("operator"),
    "DELETE /v1/operator/users/{user}/second-factor": Row("operator", 204, body=lost_second_factor),
    "GET /v1/operator/operators": Row("operator"),
    "GET /v1/operator/engines": Row("operator"),
    "GET /v1/operator/engines/history": Row("operator"),
    "GET /v1/operator/state": Row("operator"),
    "GET /v1/platform": Row("anybody"),
    # Deepgram's dialect: API keys alone.
    "GET /v1/projects": Row("key", scope="project:read", elsewhere=200),
    "GET /v1/projects/{project}": Row("key", scope="project:read"),
    "PATCH /v1/projects/{project}": Row("key", scope="project:write", body={"name": "Acme 2"}),
    "GET /v1/projects/{project}/balances": Row("key", scope="billing:read"),
    "GET /v1/projects/{project}/balances/{balance}": Row("key", scope="billing:read"),
    "GET /v1/projects/{project}/models": Row("key", scope="project:read"),
    "GET /v1/projects/{project}/models/{model}": Row("key", scope="project:read"),
    "GET /v1/models": Row("key", scope="project:read", elsewhere=200),
    "GET /v1/models/{model}": Row("key", scope="project:read", elsewhere=200),
    "GET /v1/projects/{project}/keys": Row("key", scope="keys:read"),
    "POST /v1/projects/{project}/keys": Row(
        "key",
        scope="keys:write",
        body={"comment": "k", "scopes": ["keys:write"]},
        hands_out=True,
    ),
    "GET /v1/projects/{project}/keys/{key}": Row("key", scope="keys:read"),
    "DELETE /v1/projects/{project}/keys/{key}": Row("key", scope="keys:write"),
    "GET /v1/projects/{project}/members": Row("key", scope="members:read"),
    "DELETE /v1/projects/{project}/members/{member}": Row("key", scope="members:write"),
    "GET /v1/projects/{project}/members/{member}/scopes": Row("key", scope="members:read"),
    "PUT /v1/projects/{project}/members/{member}/scopes": Row(
        "key", scope="members:write", body={"scope": "member"}, changes=False
    ),
    "GET /v1/projects/{project}/invites": Row("key", scope="invites:read"),
    "POST /v1/projects/{project}/invites": Row(
        "key", scope="invites:write", body={"email": "z@example.com", "scope": "member"}
    ),
    "DELETE /v1/projects/{project}/invites/{email}": Row("key", scope="invites:write"),
    "GET /v1/projects/{project}/requests": Row("key", scope="usage:read"),
    "GET /v1/projects/{project}/requests/{request}": Row("key", scope="usage:read"),
    "GET /v1/projects/{project}/usage": Row("key", scope="usage:read"),
    "GET /v1/projects/{project}/usage/breakdown": Row("key", scope="usage:read"),
    "GET /v1/projects/{project}/billing/breakdown": Row("key", scope="billing:read"),
    "GET /v1/projects/{project}/usage/fields": Row("key", scope="usage:read"),
}
# What a key with the one scope may not do to another key, though it may to keys like itself.
BEYOND_ONE_SCOPE = {
    "PATCH /v1/orgs/{org}/keys/{key}",
    "DELETE /v1/orgs/{org}/keys/{key}",
    "POST /v1/orgs/{org}/keys/{key}/rotate",
    "DELETE /v1/projects/{project}/keys/{key}",
}

_BACKEND = Services(Settings()).api.backend()
APIS = {
    f"{route.method} {route.path}": (api, route)
    for api in (_BACKEND.own, *_BACKEND.others)
    for route in api.routes
}
ROUTES = {name: route for name, (_, route) in APIS.items()}


def test_every_route_is_in_the_table():
    """
    A new route is added there with its allowed callers.
    """
    assert set(ROUTES) == set(TABLE)


def test_every_change_has_an_audit_action():
    """
    Except those that change no account yet.
    """
    unnamed = {name for name, route in ROUTES.items() if route.is_change and not route.action}

    assert unnamed == {
        "POST /v1/sign-up",
        "POST /v1/confirm",
        "POST /v1/confirm/resend",
        "POST /v1/sign-in",
        "POST /v1/invitations/show",
        "POST /v1/sign-in/second-factor",
        "POST /v1/sign-in/company",
        "POST /v1/sign-in/passkey",
        "POST /v1/sign-in/passkey/options",
        "POST /v1/me/passkey-options",
        "POST /v1/password-reset",
    }


@asynccontextmanager
async def a_world(scope: str | None = None):
    async with backend() as running:
        yield await make_world(running, scope)


@pytest.fixture
async def world(request):
    """With the scopes that the row is about."""
    async with a_world(request.param) as world:
        yield world


async def ask(world: World, name: str, caller: str, **path: Any):
    method, template = name.split()
    where = world.path(template, caller, **path)
    if TABLE[name].query:
        where += f"?{TABLE[name].query}"
    return await world.people[caller].call(
        method, where, await body_of(world, name, caller), If_Match="*"
    )


async def body_of(world: World, name: str, caller: str) -> Any:
    body = TABLE[name].body
    return await body(world, caller) if callable(body) else body


def expected_of(name: str, caller: str) -> int:
    if caller == "key with scope" and name in BEYOND_ONE_SCOPE:
        return 403
    return TABLE[name].expected(caller, is_change=ROUTES[name].is_change)


def allowed(name: str) -> str:
    """A caller who may, and who is in Acme if it matters."""
    least = TABLE[name].least
    return {"operator": "operator", "key": "admins' key"}.get(least, "owner")


@pytest.mark.parametrize("name", TABLE)
async def test_only_allowed_callers_get_the_documented_answer(name, logged):
    """
    Each caller gets the table's status, and no secret but their own.
    """
    refused = [caller for caller in CALLERS if expected_of(name, caller) >= 400]
    others = [caller for caller in CALLERS if caller not in refused]
    is_change = ROUTES[name].is_change
    # What is refused changes nothing, so that all who are can be so in one world.
    for callers in [refused, *([[one] for one in others] if is_change else [others])]:
        async with a_world(TABLE[name].scope) as world:
            for caller in callers:
                logged.truncate(0)
                await check(world, name, caller, logged)
            if callers is refused:
                assert not world.running.services.people.audit()._entries


async def check(world: World, name: str, caller: str, logged) -> None:
    row, expected, (api, route) = TABLE[name], expected_of(name, caller), APIS[name]

    answer = await ask(world, name, caller)

    assert answer.status == expected, (caller, answer.text)
    documented = {kind.status for kind in route.problems()} | {row.ok}
    assert answer.status in documented
    if expected >= 400:
        own = api is _BACKEND.own
        assert ("detail" in answer.json, "err_code" in answer.json) == (own, not own)
    lines = logged.getvalue()
    assert f'"status": {expected}' in lines
    for text in (answer.text, str(answer.headers), lines):
        assert not any(secret in text for secret in world.kept | hashes(world.running.services))
    if route.action and expected < 300:
        written = [entry.action for entry in world.running.services.people.audit()._entries]
        assert written == [route.action] * row.changes, caller
    shown = secrets_in(answer.text)
    assert len(shown) == (1 if row.hands_out and expected < 300 else 0)
    assert not any(secret in lines for secret in shown)


@pytest.mark.parametrize(
    ("name", "world"),
    [
        (name, "")
        for name in TABLE
        if name.count("{") > 1 or "{sign_in}" in name or "{model}" in name
    ],
    indirect=["world"],
)
async def test_objects_of_another_org_are_not_found(name, world):
    """
    Their ids under one's own org are unknown, and the objects stay unchanged.
    """
    caller = "admins' key" if TABLE[name].least == "key" else "owner"
    answer = await ask(world, name, caller, things_of=world.other)

    assert answer.status == 404
    things = world.other
    services = world.running.services
    assert [one.id for one in await services.people.invitations().of_org(things.id)] == [
        things.invitation
    ]
    assert await services.people.members().find(things.id, things.users["member"]) is not None
    keys = {key.id: key for key in await services.stores.accounts().keys(things.id)}
    assert keys[things.key].revoked is None
    assert await services.people.sign_ins().of_user(
        things.users["owner of another"], at=services.stores.clock().now()
    )


@pytest.mark.parametrize(
    ("name", "world"), [(name, "") for name in TABLE if "{" in name], indirect=["world"]
)
async def test_made_up_ids_are_not_found(name, world):
    """
    Of any form.
    """
    method, path = name.split()
    caller = allowed(name)
    body = await body_of(world, name, caller)
    for made_up in ("00000000-0000-4000-8000-000000000000", "%00", "a%2Fb", "é", "%ED%A0%80"):
        for part in ROUTES[name].parameters:
            where = world.path(path.replace(f"{{{part}}}", "MADE_UP"), caller).replace(
                "MADE_UP", made_up
            )
            answer = await world.people[caller].call(method, where, body, If_Match="*")

            assert answer.status == 404, (where, answer.text)


@pytest.mark.parametrize("world", ["keys:write"], indirect=True)
async def test_key_cannot_mint_a_more_powerful_key(world):
    """
    Nor rotate one: it would see a secret with more scopes.
    """
    key = world.people["key with scope"]
    for scopes in (["owner"], ["admin"], ["member"], ["keys:write", "usage:read"]):
        answer = await key.post(f"/v1/orgs/{world.acme.id}/keys", {"name": "k", "scopes": scopes})
        assert answer.status == 403, scopes


@pytest.mark.parametrize("world", ["invites:write"], indirect=True)
async def test_key_invites_members_at_most(world):
    """
    Unless it has every admin scope.
    """
    invite = f"/v1/orgs/{world.acme.id}/invitations"
    admin = {"email": "z@example.com", "role": "admin"}

    assert (await world.people["key with scope"].post(invite, admin)).status == 403
    assert (await world.people["admin"].post(invite, admin)).status == 201
    assert (await world.people["admin"].post(invite, {**admin, "role": "owner"})).status == 403


@pytest.mark.parametrize("world", ["project:read"], indirect=True)
async def test_suspended_orgs_key_is_refused(world):
    """
    Its members may still read.
    """
    path = f"/v1/operator/orgs/{world.acme.id}"
    assert (
        await world.people["operator"].change("PATCH", path, {"status": "suspended"})
    ).status == 200

    key = await world.people["key with scope"].get(f"/v1/orgs/{world.acme.id}")
    assert key.status == 403
    assert (await world.people["member"].get(f"/v1/orgs/{world.acme.id}")).json[
        "status"
    ] == "suspended"
