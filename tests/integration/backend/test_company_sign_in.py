"""Signing in by a company's identity provider, over HTTP, with a provider that may lie."""

import base64
import hmac

import attrs
import pytest

from joserfc.jwk import RSAKey
from tests.servers.backend import PASSWORD, SETTINGS, backend
from tests.servers.oidc import CLIENT_ID, CLIENT_SECRET, oidc_provider, part, unsigned

from adapters.guarded_http.client import GuardedClient
from adapters.guarded_http.domain_proofs import WebDomainProofs
from adapters.guarded_http.guard import Guard


@pytest.fixture
async def running(fast_passwords):
    """Where domains are trusted, as addresses are."""
    async with backend(attrs.evolve(SETTINGS, allow_private_urls=True)) as running:
        yield running


@pytest.fixture
async def provider():
    async with oidc_provider() as provider:
        yield provider


def details(provider, *domains: str, **more) -> dict:
    return {
        "issuer": provider.url,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "domains": list(domains or ["example.com"]),
        **more,
    }


async def configure(person, provider, *domains: str, **more) -> None:
    where = f"/v1/orgs/{person.org}/identity-provider"
    answer = await person.call("PUT", where, details(provider, *domains, **more))
    assert answer.status == 200, answer.text
    answer = await person.post(f"{where}/proofs")
    assert answer.status == 200, answer.text


async def sent_back(running, email: str) -> dict:
    """What a browser brings back from the provider."""
    answer = await running.anonymous().post("/v1/sign-in/company", {"email": email})
    assert answer.status == 200, answer.text
    async with running.client.get(answer.json["authorization_url"], allow_redirects=False) as seen:
        query = dict(seen.url.join(_url(seen.headers["Location"])).query)
    assert query["state"] == answer.json["state"]
    return {"state": query["state"], "code": query["code"], "issuer": query["iss"]}


def _url(text):
    from yarl import URL

    return URL(text)


async def sign_in(running, email: str = "ann@example.com"):
    brought = await sent_back(running, email)
    return await running.anonymous().post("/v1/sign-in/company/complete", brought)


async def test_member_signs_in_to_the_company_alone(running, provider):
    """
    Not to the account, nor to other orgs of the person, although the password opens those.
    """
    ann, bob = await running.person("ann"), await running.person("bob")
    await configure(bob, provider, admits_new=True)
    provider.signs_in("Ann@Example.com")
    answer = await sign_in(running)

    assert answer.status == 200, answer.text
    assert answer.json["user"]["company_org_id"] == bob.org
    signed = attrs.evolve(running.anonymous(), token=answer.json["token"])
    assert [org["id"] for org in (await signed.get("/v1/orgs")).json["items"]] == [bob.org]
    assert (await signed.get(f"/v1/orgs/{bob.org}")).json["role"] == "member"
    assert (await signed.get(f"/v1/orgs/{ann.org}")).status == 404
    for path in ("/v1/me/sign-ins", "/v1/me/second-factor"):
        assert (await signed.get(path)).status == 403
    refused = await signed.post("/v1/me/password", {"old": PASSWORD, "new": "another one of mine"})
    assert refused.status == 403
    assert (await signed.post("/v1/orgs", {"name": "Mine"})).status == 403
    log = (await bob.get(f"/v1/orgs/{bob.org}/audit")).json["items"]
    assert {"member.joined", "member.signed_in", "identity_provider.set"} <= {
        one["action"] for one in log
    }
    assert CLIENT_SECRET not in str(log)
    assert (await signed.post("/v1/sign-out")).status == 204
    assert (await signed.get("/v1/me")).status == 401


async def test_operator_is_none_by_a_companys_word(running, provider):
    """
    The owner of an org could have its provider name an operator of the platform.
    """
    ann, eve = await running.person("ann"), await running.person("eve")
    users = running.services.people.users()
    user = await users.of_email(ann.email)
    await users.put(attrs.evolve(user, is_operator=True))
    await configure(eve, provider, admits_new=True)
    provider.signs_in(ann.email)
    answer = await sign_in(running)

    signed = attrs.evolve(running.anonymous(), token=answer.json["token"])
    assert not (await signed.get("/v1/me")).json["is_operator"]
    assert (await signed.get("/v1/operator/orgs")).status == 403
    assert (await ann.get("/v1/operator/orgs")).status == 200


def _with(**changed):
    def lie(provider):
        return lambda claims: provider.signed({**claims, **changed})

    return lie


def _signed_by_another(provider):
    other = RSAKey.generate_key(2048, {"kid": "one"})
    return lambda claims: provider.signed(claims, key=other)


def _signed_by_the_secret(provider):
    """
    With the public key as HMAC's secret, which is a known confusion of algorithms. Made by hand,
    since joserfc makes no such token.
    """
    secret = provider.key.as_pem(private=False)

    def token(claims):
        text = f"{part({'alg': 'HS256', 'kid': 'one'})}.{part(claims)}"
        mac = hmac.digest(secret, text.encode(), "sha256")
        return f"{text}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"

    return token


LIES = {
    "none": lambda provider: unsigned,
    "another key": _signed_by_another,
    "the public key as a secret": _signed_by_the_secret,
    "nonce": _with(nonce="of another sign-in"),
    "audience": _with(aud="another client"),
    "several audiences": _with(aud=[CLIENT_ID, "another"], azp="another"),
    "issuer": _with(iss="https://evil.example"),
    "expired": _with(exp=1_000_000_000),
    "never expires": _with(exp=None),
    "from the future": _with(nbf=9_000_000_000),
    "unverified": _with(email_verified=False),
    "verified by a word": _with(email_verified="yes"),
    "another domain": _with(email="ann@example.org"),
    "two addresses": _with(email="ann@example.com,eve@example.com"),
    "no address": _with(email=None),
    "no token": lambda provider: lambda claims: "",
    "nonsense": lambda provider: lambda claims: "a.b.c",
}


async def test_token_that_is_not_valid_is_refused(running, provider):
    bob = await running.person("bob")
    await configure(bob, provider, admits_new=True)
    provider.signs_in("ann@example.com")
    for name, lie in LIES.items():
        provider.token_of = lie(provider)
        answer = await sign_in(running)

        assert answer.status == 422, (name, answer.text)
        assert "token" not in answer.json
    provider.token_of = None
    assert (await sign_in(running)).status == 200


async def test_code_works_with_its_own_state_once(running, provider):
    """
    Neither the state of another browser, nor a code of another sign-in, nor either twice.
    """
    bob = await running.person("bob")
    await configure(bob, provider, admits_new=True)
    provider.signs_in("ann@example.com")
    first, second = await sent_back(running, bob.email), await sent_back(running, bob.email)
    complete, anybody = "/v1/sign-in/company/complete", running.anonymous()

    crossed = await anybody.post(complete, {**first, "code": second["code"]})
    spent = await anybody.post(complete, first)
    other_issuer = await anybody.post(complete, {**second, "issuer": "https://evil.example"})

    assert {crossed.status, spent.status, other_issuer.status} == {422}


async def test_domain_of_another_org_cannot_be_taken(running, provider):
    """
    And a domain that is not proven leads to no provider.
    """
    bob, eve = await running.person("bob"), await running.person("eve")
    await configure(bob, provider)
    where = f"/v1/orgs/{eve.org}/identity-provider"
    assert (await eve.call("PUT", where, details(provider))).status == 200

    assert (await eve.post(f"{where}/proofs")).status == 409
    unknown = await running.anonymous().post("/v1/sign-in/company", {"email": "a@unknown.example"})
    assert unknown.status == 422
    await sent_back(running, "anybody@example.com")
    assert provider.asked[-1]["login_hint"] == "anybody@example.com"


async def test_what_is_no_provider_is_refused(running, provider):
    """
    The discovery document is read, and has to be of the issuer.
    """
    bob = await running.person("bob")
    where = f"/v1/orgs/{bob.org}/identity-provider"
    for issuer in (f"{provider.url}/", f"{provider.url}/nowhere", "ftp://x.example", "nonsense"):
        answer = await bob.call("PUT", where, {**details(provider), "issuer": issuer})

        assert answer.status == 422, issuer
        assert answer.json["errors"][0]["field"] == "issuer"
    assert (await bob.get(where)).status == 404
    assert (await bob.post(f"{where}/proofs")).status == 404


async def test_providers_of_private_networks_are_out_of_reach(fast_passwords, provider):
    async with backend() as running:
        bob = await running.person("bob")
        where = f"/v1/orgs/{bob.org}/identity-provider"

        answer = await bob.call("PUT", where, details(provider))

    assert answer.status == 422


async def test_proof_is_read_from_the_domains_web_server(provider):
    """
    Whole, at its address, without redirects.
    """
    from aiohttp import web

    from entrypoints.http.server import serving

    async def proof(request):
        return web.Response(text="other\r\naldea-domain-proof=1234\n")

    async def elsewhere(request):
        raise web.HTTPFound("/.well-known/aldea-domain-proof.txt")

    app = web.Application()
    app.router.add_get("/.well-known/aldea-domain-proof.txt", proof)
    app.router.add_get("/moved", elsewhere)
    client = GuardedClient(Guard(allow_private=True))
    async with serving(app, "127.0.0.1", 0) as port:
        base = f"http://{{domain}}:{port}"
        proofs = WebDomainProofs(client, base + "/.well-known/aldea-domain-proof.txt")
        assert await proofs.holds("localhost", "aldea-domain-proof=1234")
        assert not await proofs.holds("localhost", "aldea-domain-proof=12")
        for path in ("/moved", "/nowhere"):
            assert not await WebDomainProofs(client, base + path).holds(
                "localhost", "aldea-domain-proof=1234"
            )
    assert not await proofs.holds("localhost", "aldea-domain-proof=1234")
    await proofs.close()
