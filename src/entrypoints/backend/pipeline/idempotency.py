"""
Requests with an Idempotency-Key: a repeated POST has no further effect and gets the first response.

Only successful responses are stored: a refusal changed nothing, so the request may be tried again.
Responses may hold secrets (a new key is shown once), so they are encrypted with a key derived from
the caller's own token, of which only the hash is stored. Only the same caller can decrypt them.
"""

import hashlib
import hmac

from datetime import timedelta

import attrs
import msgspec

from aiohttp import web
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from aldea_core.ports.clock import Clock
from aldea_core.ports.idempotency import Busy, Claimed, IdempotencyStore, Kept
from aldea_core.ports.randomness import Randomness
from entrypoints.backend.pipeline.calls import Call
from entrypoints.backend.pipeline.problems import ProblemError, ProblemKind, invalid
from entrypoints.backend.pipeline.rendering import Rendered
from entrypoints.http.credentials import credentials_of


HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
# A claim of a process that died while answering expires after this.
STALE_AFTER = timedelta(seconds=60)
LONGEST = 100
_NONCE_BYTES = 12


@attrs.frozen
class Claim:
    """The exclusive right to answer the request with an Idempotency-Key."""

    name: str
    claim: str
    seal: bytes = attrs.field(repr=False)


@attrs.frozen
class Idempotency:
    idempotency_store: IdempotencyStore
    randomness: Randomness
    clock: Clock

    async def begin(self, call: Call, request: web.Request, body: bytes) -> Claim | Rendered | None:
        """
        A claim, to be kept or released; or the stored response of the same request; or None if the
        request has no Idempotency-Key.

        Raises:
            ProblemError: The key is malformed, was used for another request, or is being answered.
        """
        key = request.headers.get(HEADER)
        if key is None:
            return None
        if not 1 <= len(key) <= LONGEST or not key.isascii() or not key.isprintable():
            raise invalid(HEADER, f"Must be 1 to {LONGEST} printable ASCII characters.")
        credential = (credentials_of(request.headers).text or "").encode()
        name = hashlib.sha256(f"{call.actor.kind}\n{call.actor.id}\n{key}".encode()).hexdigest()
        asked = hashlib.sha256(f"{request.method} {request.path_qs}\n".encode() + body).hexdigest()
        claim = Claim(
            name, self.randomness.uuid(), hmac.digest(credential, name.encode(), "sha256")
        )
        now = self.clock.now()
        found = await self.idempotency_store.claim(
            name, asked, claim.claim, at=now, stale=now - STALE_AFTER
        )
        match found:
            case Claimed():
                return claim
            case Busy() | Kept() if found.request != asked:
                raise ProblemError(ProblemKind.KEY_REUSED)
            case Busy():
                raise ProblemError(ProblemKind.BUSY, headers={"Retry-After": "1"})
            case Kept():
                return _opened(found.answer, claim)

    async def keep(self, claim: Claim, answer: Rendered) -> None:
        """
        Stores the response for the claim.

        Raises:
            ProblemError: The claim expired, and another request has taken it.
        """
        nonce = self.randomness.bytes(_NONCE_BYTES)
        sealed = nonce + AESGCM(claim.seal).encrypt(nonce, msgspec.json.encode(answer), None)
        if not await self.idempotency_store.keep(claim.name, claim.claim, sealed):
            raise ProblemError(ProblemKind.BUSY)

    async def release(self, claim: Claim) -> None:
        await self.idempotency_store.release(claim.name, claim.claim)


def _opened(sealed: bytes, claim: Claim) -> Rendered:
    nonce, text = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    try:
        answer = msgspec.json.decode(AESGCM(claim.seal).decrypt(nonce, text, None), type=Rendered)
    except InvalidTag:  # stored by another sign-in of the user, whose responses stay secret
        raise ProblemError(ProblemKind.KEY_REUSED) from None
    return attrs.evolve(answer, headers={**answer.headers, REPLAYED: "true"})
