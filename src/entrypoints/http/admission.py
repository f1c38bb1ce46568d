"""How the handlers of a gateway admit a caller: authenticate the key, then lease the session."""

import attrs

from aldea_core.domain.access.callers import Authenticator, Caller
from aldea_core.domain.access.keys import LISTEN, KeySecret
from aldea_core.domain.access.limits import Refused, SessionKind
from aldea_core.domain.errors import Unavailable
from aldea_core.domain.ids import SessionId
from aldea_core.domain.transcripts.models import allowed_to
from aldea_core.domain.transcripts.options import TranscriptionOptions
from aldea_core.ports.leases import Outdated
from aldea_core.protocol.deepgram import errors
from aldea_core.protocol.deepgram.errors import Refusal
from aldea_core.use_cases.live.close_session import CloseSession, Outcome
from aldea_core.use_cases.live.open_session import OpenedSession, OpenSession
from entrypoints.http.credentials import RequestCredentials
from entrypoints.runtime.metrics import Metrics


# Attempts per request. Another is needed only when the org changed since the last authentication.
_TRIES = 5


@attrs.frozen
class Admission:
    """
    Authenticates the callers of requests that transcribe, and leases their sessions.

    Raises:
        Refusal: The caller is not admitted; the refusal says why.
        NotAllowed: The token is for pages of another origin.
        Unavailable: The keystore is away, and the key was not seen lately.
    """

    authenticator: Authenticator
    open_session: OpenSession
    close_session: CloseSession
    metrics: Metrics

    async def caller(self, credentials: RequestCredentials) -> Caller:
        """The caller behind *credentials*, if it may transcribe."""
        return _listener(await self.authenticator(credentials.text, origin=credentials.origin))

    async def key_holder(self, credentials: RequestCredentials) -> Caller:
        """
        The caller behind an API key. Tokens are refused: a token that makes tokens would never
        expire.
        """
        caller = await self.caller(credentials)
        if credentials.text is None or KeySecret.parse(credentials.text) is None:
            raise Refusal(errors.INSUFFICIENT_PERMISSIONS)
        return caller

    async def cached_caller(self, credentials: RequestCredentials) -> Caller:
        """The caller behind *credentials* as last known; may be outdated, which `opened` detects."""
        found = await self.authenticator(
            credentials.text, is_admitted_next=True, origin=credentials.origin
        )
        return _listener(found)

    async def opened(
        self,
        caller: Caller,
        credentials: RequestCredentials,
        kind: SessionKind,
        session: SessionId,
        stretch_ms: int,
        asked: TranscriptionOptions | None = None,
    ) -> OpenedSession:
        """
        A lease for the *caller* behind *credentials*, at its current entitlements.

        Args:
            stretch_ms: Audio that may arrive before the lease is renewed.
            asked: With the public name of a model that *caller* may use; None if the model is not
                known yet.

        Raises:
            NotAllowed: The key may not use that model any more.
        """
        for _ in range(_TRIES):
            answer = await self.open_session(caller, kind, session, stretch_ms)
            if isinstance(answer, OpenedSession):
                return answer
            if isinstance(answer, Refused):
                self.metrics.refused(answer.name.code)
                raise Refusal(errors.of_refusal(answer))
            assert isinstance(answer, Outdated)
            self.authenticator.invalidate(caller.org)
            caller = await self.caller(credentials)
            if asked is not None:
                allowed_to(caller.key.models, asked)
        raise Unavailable("keystore")

    async def count_refused(
        self,
        error: Exception,
        caller: Caller,
        credentials: RequestCredentials,
        kind: SessionKind,
        session: SessionId,
    ) -> Exception:
        """
        Counts a request that is refused for what it asks, so that such requests are as many as the
        limits allow, and the ledger has the answer.

        Returns:
            *error*, to be raised; if a limit is reached, the refusal by that limit.
        """
        try:
            opened = await self.opened(caller, credentials, kind, session, 0)
            await self.close_session(opened.lease, Outcome.of_error(error))
        except Refusal as refusal:
            return refusal
        except Unavailable:
            pass  # what is wrong with the request helps more than that it is not counted
        return error


def _listener(caller: Caller | None) -> Caller:
    if caller is None:
        raise Refusal(errors.INVALID_AUTH)
    if not caller.may(LISTEN):
        raise Refusal(errors.INSUFFICIENT_PERMISSIONS)
    return caller
