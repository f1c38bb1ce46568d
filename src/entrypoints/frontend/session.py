"""
Sessions of browsers, in one encrypted cookie: the signed-in person's token never reaches scripts.

The cookie is the only state, so any replica serves any request. Ending the sign-in at the backend
ends every copy of the cookie. Form tokens are derived from the session's nonce (double submit).
"""

import base64
import binascii
import hmac
import json

import attrs

from aiohttp import web
from cryptography.fernet import Fernet, InvalidToken

from aldea_core.domain.known_fields import known_fields
from aldea_core.ports.clock import Clock
from aldea_core.ports.randomness import Randomness


# As long as the backend's sign-ins last.
_LIFE_SECONDS = 30 * 24 * 3600
_PAD_BYTES = 16


@attrs.frozen
class Session:
    """
    Attributes:
        nonce: Random; the forms of this session carry tokens made from it.
        token: The sign-in token of the backend; empty before a person signs in.
        said: What the last change did, shown once on the next page.
        away: The state of a sign-in at a company's provider, from which the browser is to return.
        after: The path that is shown once it has.
        view: A token by which an operator reads the org *view_org*; empty for none. *view_id* names
            it at the backend.
    """

    nonce: str = attrs.field(repr=False)
    token: str = attrs.field(default="", repr=False)
    said: str = ""
    away: str = attrs.field(default="", repr=False)
    after: str = ""
    view: str = attrs.field(default="", repr=False)
    view_id: str = ""
    view_org: str = ""

    def without_view(self) -> "Session":
        return attrs.evolve(self, view="", view_id="", view_org="")


@attrs.frozen
class Sessions:
    """
    Args:
        secret: From which keys are derived; the same on all replicas.
        is_secure: Whether the dashboard is reached by https. On plain http, as on one machine,
            browsers keep no `__Host-` cookie, so its name has no prefix there.
    """

    secret: str = attrs.field(repr=False)
    clock: Clock
    randomness: Randomness
    is_secure: bool

    @property
    def cookie(self) -> str:
        return "__Host-aldea" if self.is_secure else "aldea"

    def new(self, *, token: str = "") -> Session:
        return Session(base64.urlsafe_b64encode(self.randomness.bytes(16)).decode(), token)

    def read(self, request: web.BaseRequest) -> Session | None:
        """The session of *request*; None if it has none, or one that is not ours or too old."""
        sealed = request.cookies.get(self.cookie, "")
        try:
            now = int(self.clock.now().timestamp())
            opened = self._fernet.decrypt_at_time(sealed.encode(), _LIFE_SECONDS, now)
            return Session(**known_fields(Session, json.loads(opened)))
        except (InvalidToken, ValueError, TypeError):
            return None

    def write(self, response: web.StreamResponse, session: Session) -> None:
        text = json.dumps(attrs.asdict(session)).encode()
        sealed = self._fernet.encrypt_at_time(text, int(self.clock.now().timestamp())).decode()
        response.set_cookie(
            self.cookie,
            sealed,
            max_age=_LIFE_SECONDS if session.token else None,
            path="/",
            secure=self.is_secure,
            httponly=True,
            samesite="Lax",
        )

    def form_token(self, session: Session) -> str:
        """Another one each time, so that compressed pages do not give it away (BREACH)."""
        pad = self.randomness.bytes(_PAD_BYTES)
        return base64.urlsafe_b64encode(pad + self._mac(pad, session)).decode()

    def is_form_token(self, text: str, session: Session) -> bool:
        try:
            sent = base64.urlsafe_b64decode(text.encode())
        except (binascii.Error, ValueError):
            return False
        pad, mac = sent[:_PAD_BYTES], sent[_PAD_BYTES:]
        return hmac.compare_digest(mac, self._mac(pad, session))

    def _mac(self, pad: bytes, session: Session) -> bytes:
        return hmac.digest(self._key(b"forms"), pad + session.nonce.encode(), "sha256")

    @property
    def _fernet(self) -> Fernet:
        return Fernet(base64.urlsafe_b64encode(self._key(b"sessions")))

    def _key(self, purpose: bytes) -> bytes:
        return hmac.digest(self.secret.encode(), purpose, "sha256")
