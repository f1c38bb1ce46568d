"""Providers, proofs of domains and passkeys keep their contracts: in memory, and the real ones."""

from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from aiohttp import web
from tests.contract.identity_providers import ANN, DomainProofsContract, OidcClientContract
from tests.contract.passkeys import PasskeyVerifierContract
from tests.contract.values import NOW
from tests.servers.oidc import CLIENT_ID, CLIENT_SECRET, oidc_provider

from adapters.guarded_http.client import GuardedClient
from adapters.guarded_http.domain_proofs import WebDomainProofs
from adapters.guarded_http.guard import Guard
from adapters.memory.identity_providers import MemoryDomainProofs, MemoryOidcClient
from adapters.memory.passkeys import PlainPasskeyVerifier
from adapters.oidc.client import AuthlibOidcClient
from adapters.system.clock import SystemClock
from adapters.webauthn.passkeys import WebauthnPasskeyVerifier
from aldea_core.domain.access.identity_providers import Identity
from entrypoints.http.server import serving


class TestMemoryOidcClient(OidcClientContract):
    issuer = pytest.fixture(lambda self: "https://login.example.com")
    credentials = pytest.fixture(lambda self: ("id", "secret"))
    now = pytest.fixture(lambda self: NOW)

    @pytest.fixture
    def client(self):
        return MemoryOidcClient({"code": Identity(ANN, True)})

    @pytest.fixture
    def sign_in(self):
        async def sign_in(url: str) -> str:
            return "code"

        return sign_in


class TestAuthlibOidcClient(OidcClientContract):
    credentials = pytest.fixture(lambda self: (CLIENT_ID, CLIENT_SECRET))
    now = pytest.fixture(lambda self: SystemClock().now())

    @pytest.fixture
    async def issuer(self):
        async with oidc_provider() as provider:
            provider.signs_in(ANN)
            yield provider.url

    @pytest.fixture
    async def client(self):
        web_client = GuardedClient(Guard(allow_private=True))
        yield AuthlibOidcClient(web_client, "http://dashboard.localhost/return", allow_http=True)
        await web_client.close()

    @pytest.fixture
    def sign_in(self):
        async def sign_in(url: str) -> str:
            async with (
                aiohttp.ClientSession() as browser,
                browser.get(url, allow_redirects=False) as answer,
            ):
                return parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]

        return sign_in


class TestMemoryDomainProofs(DomainProofsContract):
    domain = pytest.fixture(lambda self: "example.com")

    @pytest.fixture
    def proofs(self):
        proofs = MemoryDomainProofs()
        proofs.published["example.com"] = "the-proof"
        return proofs


class TestWebDomainProofs(DomainProofsContract):
    domain = pytest.fixture(lambda self: "localhost")

    @pytest.fixture
    async def proofs(self):
        async def proof(_: web.Request) -> web.Response:
            return web.Response(text="the-proof\n")

        app = web.Application()
        app.router.add_get("/proof.txt", proof)
        async with serving(app, "127.0.0.1", 0) as port:
            client = GuardedClient(Guard(allow_private=True))
            proofs = WebDomainProofs(client, f"http://{{domain}}:{port}/proof.txt")
            yield proofs
            await proofs.close()


class TestPlainPasskeyVerifier(PasskeyVerifierContract):
    verifier = pytest.fixture(lambda self: PlainPasskeyVerifier())


class TestWebauthnPasskeyVerifier(PasskeyVerifierContract):
    verifier = pytest.fixture(
        lambda self: WebauthnPasskeyVerifier("http://localhost:8082", "Aldea")
    )
