"""
A small OpenID provider: it signs in whom the test names, without asking, and can be made to lie.

It keeps the rules that the protocol has for providers: a code works once, for the client, redirect
URI and PKCE verifier that it was asked for with.
"""

import asyncio
import base64
import contextlib
import hashlib
import json
import threading

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any
from urllib.parse import unquote, urlencode

import attrs

from aiohttp import web
from joserfc import jwt
from joserfc.jwk import RSAKey

from adapters.system.clock import SystemClock
from entrypoints.http.server import serving


CLIENT_ID, CLIENT_SECRET = "aldea at: work", "a secret/with+signs"


@attrs.define
class Provider:
    """
    Attributes:
        url: Its issuer.
        claims: Of whom it signs in.
        token_of: Makes the id token of claims; replaced by what lies.
        asked: The queries that browsers came with.
    """

    url: str = ""
    claims: dict[str, Any] = attrs.Factory(dict)
    token_of: Callable[[dict[str, Any]], str] | None = None
    asked: list[dict[str, str]] = attrs.Factory(list)
    key: RSAKey = attrs.field(factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    _codes: dict[str, dict[str, str]] = attrs.Factory(dict)

    def signs_in(self, email: str, **claims: Any) -> None:
        self.claims = {"sub": email, "email": email, "email_verified": True, **claims}

    def signed(self, claims: dict[str, Any], *, key: RSAKey | None = None) -> str:
        return jwt.encode({"alg": "RS256", "kid": "one"}, claims, key or self.key)

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/.well-known/openid-configuration", self._discovery)
        app.router.add_get("/authorize", self._authorize)
        app.router.add_post("/token", self._token)
        app.router.add_get("/keys", self._keys)
        return app

    async def _discovery(self, _: web.Request) -> web.Response:
        return web.json_response(
            {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/keys",
            }
        )

    async def _authorize(self, request: web.Request) -> web.Response:
        query = dict(request.query)
        self.asked.append(query)
        assert query["client_id"] == CLIENT_ID
        assert (query["response_type"], query["code_challenge_method"]) == ("code", "S256")
        code = f"code-{len(self.asked)}"
        self._codes[code] = query
        back = {"code": code, "state": query["state"], "iss": self.url}
        raise web.HTTPFound(f"{query['redirect_uri']}?{urlencode(back)}")

    async def _token(self, request: web.Request) -> web.Response:
        form = await request.post()
        pair = base64.b64decode(request.headers["Authorization"].removeprefix("Basic ")).decode()
        client = tuple(unquote(part) for part in pair.split(":"))
        asked = self._codes.pop(str(form["code"]), None)
        digest = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if (
            asked is None
            or client != (CLIENT_ID, CLIENT_SECRET)
            or form["redirect_uri"] != asked["redirect_uri"]
            or challenge != asked["code_challenge"]
        ):
            return web.json_response({"error": "invalid_grant"}, status=400)
        now = int(SystemClock().now().timestamp())
        claims = {
            "iss": self.url, "aud": CLIENT_ID, "iat": now, "exp": now + 300,
            "nonce": asked["nonce"], **self.claims,
        }  # fmt: skip
        token = (self.token_of or self.signed)(claims)
        return web.json_response({"access_token": "x", "token_type": "Bearer", "id_token": token})

    async def _keys(self, _: web.Request) -> web.Response:
        return web.json_response({"keys": [self.key.as_dict(private=False)]})


@contextlib.asynccontextmanager
async def oidc_provider() -> AsyncIterator[Provider]:
    """In this event loop."""
    provider = Provider()
    async with serving(provider.app(), "127.0.0.1", 0) as port:
        provider.url = f"http://127.0.0.1:{port}"
        yield provider


@contextlib.contextmanager
def oidc_provider_in_a_thread() -> Iterator[Provider]:
    """For tests that have no event loop of their own."""
    found: list[Provider] = []
    is_up, is_over = threading.Event(), threading.Event()

    async def run() -> None:
        async with oidc_provider() as provider:
            found.append(provider)
            is_up.set()
            await asyncio.to_thread(is_over.wait)

    thread = threading.Thread(target=asyncio.run, args=(run(),), daemon=True)
    thread.start()
    assert is_up.wait(60)
    try:
        yield found[0]
    finally:
        is_over.set()
        thread.join(60)


def part(value: dict[str, Any]) -> str:
    """A part of a token in its compact form (RFC 7515, 7.1)."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def unsigned(claims: dict[str, Any]) -> str:
    """A token of the algorithm none (RFC 7519, 6.1)."""
    return f"{part({'alg': 'none'})}.{part(claims)}."
