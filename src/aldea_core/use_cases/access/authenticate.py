"""
Authenticate a credential.

The result of a lookup is cached for `FRESH_SECONDS`, or until an invalidation of the org arrives.
This bounds how long a revoked key still works if invalidations are lost. A caller that is admitted
next is checked again by `ports.leases`, so its cached result may be as old as `REMEMBERED_SECONDS`;
a typical session thus begins with a single round trip. While the keystore is unavailable, or empty
after a restart, results up to `STALE_SECONDS` old are used.
"""

from collections import OrderedDict

import attrs

from aldea_core.domain.access.callers import Caller
from aldea_core.domain.access.keys import KeySecret
from aldea_core.domain.errors import NotAllowed, Unavailable
from aldea_core.domain.ids import KeyHash, OrgId
from aldea_core.ports.clock import Clock
from aldea_core.ports.grants import Grants
from aldea_core.ports.keystore import Keystore


FRESH_SECONDS = 2.0
REMEMBERED_SECONDS = 60.0
STALE_SECONDS = 600.0
_MOST_CACHED = 100_000
_NEVER = float("-inf")
_UNSEEN: tuple[float, Caller | None] = (_NEVER, None)


@attrs.frozen
class Authenticate:
    """Finds the caller behind a key or a short-lived token."""

    keystore: Keystore
    grants: Grants
    clock: Clock
    _known: OrderedDict[KeyHash, tuple[float, Caller]] = attrs.field(
        factory=OrderedDict,
        init=False,
        repr=False,
    )
    _changed: OrderedDict[OrgId, float] = attrs.field(
        factory=OrderedDict,
        init=False,
        repr=False,
    )

    def invalidate(self, org: OrgId) -> None:
        """Marks cached results of *org*, and lookups in progress, as outdated."""
        now = self.clock.monotonic()
        self._changed[org] = now
        self._changed.move_to_end(org)
        while now - next(iter(self._changed.values())) > REMEMBERED_SECONDS:
            self._changed.popitem(last=False)  # older results have expired from the cache anyway

    async def __call__(
        self, credential: str | None, *, is_admitted_next: bool = False, origin: str | None = None
    ) -> Caller | None:
        """
        The caller, or None if *credential* is invalid.

        Raises:
            NotAllowed: *credential* is a token for pages of another origin.
            Unavailable: The keystore does not answer, and the key is not cached.
        """
        if credential is None:
            return None
        max_age = REMEMBERED_SECONDS if is_admitted_next else FRESH_SECONDS
        secret = KeySecret.parse(credential)
        if secret is None:
            return await self._by_token(credential, max_age, origin)
        caller = await self._find(secret.hash, max_age)
        if caller is None or caller.key.expires is None:
            return caller
        return caller if caller.key.opens(at=self.clock.now()) else None

    async def _by_token(self, token: str, max_age: float, origin: str | None) -> Caller | None:
        now = self.clock.now()
        grant = self.grants.redeem(token, at=now)
        if grant is None:
            return None
        if grant.origin is not None and grant.origin != origin:
            raise NotAllowed("This token is for pages of another origin.")
        caller = await self._find(grant.key, max_age)
        if caller is None or not caller.key.opens(at=now):
            return None
        return Caller(caller.key.granted(grant), caller.entitlements)

    async def _find(self, key_hash: KeyHash, max_age: float) -> Caller | None:
        now = self.clock.monotonic()
        seen_at, caller = self._known.get(key_hash, _UNSEEN)
        if now - seen_at <= max_age and (
            caller is None or self._changed.get(caller.org, _NEVER) < seen_at
        ):
            return caller
        try:
            found = await self.keystore.caller(key_hash)
        except Unavailable:
            if caller is None or now - seen_at > STALE_SECONDS:
                raise
            return caller
        _, known = self._known.get(key_hash, _UNSEEN)  # another lookup may have ended meanwhile
        if found == known:
            found = known  # so that caches keyed by its parts need not compare their fields
        self._remember(key_hash, found, now)
        return found

    def _remember(self, key_hash: KeyHash, caller: Caller | None, now: float) -> None:
        # Unknown keys are not cached, so that guessed keys cannot evict valid ones.
        self._known.pop(key_hash, None)
        if caller is not None:
            self._known[key_hash] = (now, caller)
            if len(self._known) > _MOST_CACHED:
                self._known.popitem(last=False)
