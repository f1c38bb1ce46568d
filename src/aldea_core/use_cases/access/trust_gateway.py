"""
Authenticate the gateway, for an engine behind it.

An engine knows no orgs, because the gateway has authorised the request. It knows one token, or
none.
"""

import hmac

import attrs

from aldea_core.domain.access.callers import Caller
from aldea_core.domain.access.keys import KnownKey
from aldea_core.domain.access.limits import Entitlements, Limits
from aldea_core.domain.ids import KeyHash, KeyId, OrgId


_PLENTY = 10**9
_GATEWAY = Caller(
    KnownKey(KeyHash("gateway"), KeyId("gateway"), OrgId("gateway"), frozenset({"owner"})),
    Entitlements(
        Limits(
            concurrent_live=_PLENTY,
            concurrent_files=_PLENTY,
            requests_per_minute=None,
            max_upload_bytes=2**40,
            max_file_seconds=_PLENTY,
            max_live_seconds=_PLENTY,
        ),
    ),
)


@attrs.frozen
class TrustGateway:
    """Accepts requests with the token; accepts all requests if no token is set."""

    token: str = attrs.field(repr=False)

    async def __call__(
        self, credential: str | None, *, is_admitted_next: bool = False, origin: str | None = None
    ) -> Caller | None:
        if self.token and not hmac.compare_digest((credential or "").encode(), self.token.encode()):
            return None
        return _GATEWAY

    def invalidate(self, org: OrgId) -> None:
        """No-op: nothing is cached."""
