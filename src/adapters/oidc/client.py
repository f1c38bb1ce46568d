"""
The relying party's side of OpenID Connect Core 1.0: authorization code flow with PKCE.

Tokens are verified with keys that are read from the provider each time, so that keys which it has
withdrawn verify nothing.
"""

import base64
import json

from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Protocol, final
from urllib.parse import quote, urlencode

import aiohttp
import attrs

from authlib.common.urls import add_params_to_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import get_well_known_url
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from typing_extensions import override
from yarl import URL

from aldea_core.domain.access.identity_providers import (
    AuthorizationRequest,
    Identity,
    IdentityProvider,
    ProviderEndpoints,
)
from aldea_core.domain.errors import AldeaError, BadRequest
from aldea_core.ports.identity_providers import OidcClient


_SCOPES = "openid email profile"
# Signatures by private keys alone: one by the client's secret would be as good as that is kept.
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384")
_METHOD = "client_secret_basic"
_LEEWAY_SECONDS = 60
_MOST_BYTES = 256 * 1024
_REFUSED = "Your company's provider did not finish this sign-in"


class HttpClient(Protocol):
    """Sends requests to hosts that callers name."""

    def check(self, url: str) -> URL: ...

    def request(
        self,
        method: str,
        url: str,
        *,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        redirects: int = 0,
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]: ...

    async def close(self) -> None: ...


@final
@attrs.frozen
class AuthlibOidcClient(OidcClient):
    """
    Args:
        redirect_uri: Where providers send browsers back to.
        allow_http: Whether providers need no https: for local use only.
    """

    client: HttpClient
    redirect_uri: str
    allow_http: bool = False

    @override
    async def discover(self, issuer: str) -> ProviderEndpoints:
        try:
            self._check(issuer)
            found = await self._json("GET", get_well_known_url(issuer, external=True))
        except AldeaError as error:
            raise BadRequest(f"There is no provider: {error}", field="issuer") from None
        if found.get("issuer") != issuer:
            raise BadRequest("The provider there calls itself otherwise.", field="issuer")
        endpoints = [
            found.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")
        ]
        methods = found.get("token_endpoint_auth_methods_supported", [_METHOD])
        if not isinstance(methods, list) or _METHOD not in methods:
            raise BadRequest("The provider does not take client_secret_basic.", field="issuer")
        try:
            for url in endpoints:
                self._check(str(url or ""))
        except AldeaError as error:
            raise BadRequest(f"An endpoint of the provider: {error}", field="issuer") from None
        return ProviderEndpoints(*map(str, endpoints))

    @override
    def authorization_url(
        self, provider: IdentityProvider, request: AuthorizationRequest, *, email: str
    ) -> str:
        params = {
            "response_type": "code",
            "client_id": provider.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": _SCOPES,
            "state": request.state,
            "nonce": request.nonce,
            "code_challenge": create_s256_code_challenge(request.verifier),
            "code_challenge_method": "S256",
            "login_hint": email,
        }
        return str(add_params_to_uri(provider.endpoints.authorization, list(params.items())))

    @override
    async def redeem(
        self, provider: IdentityProvider, request: AuthorizationRequest, code: str, *, at: datetime
    ) -> Identity:
        try:
            answer = await self._exchange(provider, request, code)
            keys = await self._json("GET", provider.endpoints.keys)
            claims = _verified(str(answer.get("id_token", "")), keys, provider, request, at)
        except (AldeaError, JoseError, ValueError, TypeError, KeyError) as error:
            why = str(error) if isinstance(error, AldeaError) else "its token is not valid."
            raise BadRequest(f"{_REFUSED}: {why}", field="code") from None
        verified, name = claims.get("email_verified"), str(claims.get("name", ""))
        return Identity(
            str(claims.get("email", "")),
            verified is True or verified == "true",  # some providers send it as text
            "".join(each for each in name if each.isprintable()),
        )

    async def _exchange(
        self, provider: IdentityProvider, request: AuthorizationRequest, code: str
    ) -> dict[str, Any]:
        # RFC 6749, 2.3.1: both are encoded before they are joined.
        pair = f"{quote(provider.client_id, safe='')}:{quote(provider.client_secret, safe='')}"
        body = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": request.verifier,
        }
        headers = {
            "Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        return await self._json("POST", provider.endpoints.token, urlencode(body).encode(), headers)

    async def _json(
        self,
        method: str,
        url: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        """
        Raises:
            AldeaError: There is no answer, or it is no JSON object. The text holds no secret.
        """
        sent = {"Accept": "application/json", **(headers or {})}
        async with self.client.request(
            method, url, body=body, headers=sent, redirects=0
        ) as response:
            if response.status != 200:
                raise BadRequest(f"it answers {response.status}.")
            try:
                read = json.loads(await _body(response))
            except (ValueError, RecursionError, aiohttp.ClientError, TimeoutError):
                raise BadRequest("its answer is no JSON.") from None
        if not isinstance(read, dict):
            raise BadRequest("its answer is no JSON object.")
        return read

    def _check(self, url: str) -> None:
        if self.client.check(url).scheme != "https" and not self.allow_http:
            raise BadRequest("The URL must begin with https://.")

    async def close(self) -> None:
        await self.client.close()


def _verified(
    text: str,
    keys: dict[str, Any],
    provider: IdentityProvider,
    request: AuthorizationRequest,
    at: datetime,
) -> CodeIDToken:
    """
    The claims of the id token *text*.

    Raises:
        JoseError, ValueError: It is not valid.
    """
    token = jwt.decode(text, KeySet.import_key_set(keys), algorithms=_ALGORITHMS)  # type: ignore[arg-type]
    claims = CodeIDToken(
        token.claims,
        token.header,
        options={
            "iss": {"essential": True, "value": provider.issuer},
            "aud": {"essential": True, "value": provider.client_id},
            "nonce": {"essential": True, "value": request.nonce},
        },
        params={"nonce": request.nonce, "client_id": provider.client_id},
    )
    claims.validate(now=int(at.timestamp()), leeway=_LEEWAY_SECONDS)
    return claims


async def _body(response: aiohttp.ClientResponse) -> bytes:
    """
    Raises:
        ValueError: It is too long.
    """
    read = bytearray()
    async for chunk in response.content.iter_chunked(16 * 1024):
        read += chunk
        if len(read) > _MOST_BYTES:
            raise ValueError("The answer is too long.")
    return bytes(read)
