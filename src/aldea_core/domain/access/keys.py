"""
API keys: format, scopes and expiry.

A key is `org_`, 33 characters that carry 192 random bits, and a checksum of 6. Letters and digits
only, so that a key fits into a WebSocket subprotocol (RFC 9110 token) unescaped. The checksum lets
invalid keys be refused without a lookup; it is not a secret.
"""

import binascii
import hashlib

from collections.abc import Iterable
from datetime import datetime
from typing import Self

import attrs

from typing_extensions import override

from aldea_core.domain.access.grants import Grant
from aldea_core.domain.access.key_limits import NO_LIMITS, KeyLimits, TokenAudio
from aldea_core.domain.ids import KeyHash, KeyId, OrgId


PREFIX = "org_"
RANDOM_BYTES = 24
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_RANDOM_LENGTH = 33  # 62 ** 33 is the first power above 2 ** 192
_CHECKSUM_LENGTH = 6  # 62 ** 6 is the first power above 2 ** 32
_BEGIN, _END = len(PREFIX), len(PREFIX) + _RANDOM_LENGTH
_LENGTH = _END + _CHECKSUM_LENGTH


@attrs.frozen
class KeySecret:
    """
    The secret part of a key. Shown to its owner once and never printed;
    only its hash is stored.
    """

    _text: str = attrs.field(repr=False)

    @classmethod
    def mint(cls, random: bytes) -> Self:
        """
        A new key from *random*.

        Raises:
            ValueError: *random* is not exactly `RANDOM_BYTES` long.
        """
        if len(random) != RANDOM_BYTES:
            raise ValueError(f"A key takes {RANDOM_BYTES} random bytes.")
        body = PREFIX + _base62(int.from_bytes(random), _RANDOM_LENGTH)
        return cls(body + _checksum(body))

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Parses *text*; None if its format or checksum is wrong."""
        if (
            len(text) == _LENGTH
            and text.isascii()
            and text.startswith(PREFIX)
            and text[_BEGIN:].isalnum()
            and text[_END:] == _checksum(text[:_END])
        ):
            return cls(text)
        return None

    @property
    def hash(self) -> KeyHash:
        return KeyHash(hashlib.sha256(self._text.encode()).hexdigest())

    @property
    def hint(self) -> str:
        """A displayable hint that distinguishes keys: the first characters."""
        return self._text[: len(PREFIX) + 6]

    def reveal(self) -> str:
        """The key in plain text, for the one response that shows it to its owner."""
        return self._text

    @override
    def __str__(self) -> str:
        return f"{self.hint}…"


def _base62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, 62)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))


def _checksum(body: str) -> str:
    # Equals `_base62`, but two digits at a time, because every request computes it.
    high, low = divmod(binascii.crc32(body.encode()), _PAIR)
    high, middle = divmod(high, _PAIR)
    return _PAIRS[high] + _PAIRS[middle] + _PAIRS[low]


_PAIR = len(_ALPHABET) ** 2
_PAIRS = [high + low for high in _ALPHABET for low in _ALPHABET]


# The scopes that the role-like scopes of Deepgram's keys stand for.
_BUNDLES: dict[str, frozenset[str]] = {
    "member": frozenset({"usage:write", "usage:read", "project:read", "members:read"}),
    "admin": frozenset({"*"}),
    "owner": frozenset({"*"}),
}
LISTEN = "usage:write"
DEFAULT_SCOPES = frozenset({"member"})
SCOPES = frozenset(
    {
        *_BUNDLES,
        LISTEN,
        "usage:read",
        "keys:read",
        "keys:write",
        "project:read",
        "project:write",
        "members:read",
        "members:write",
        "invites:read",
        "invites:write",
        "billing:read",
    },
)


def allows(scopes: Iterable[str], wanted: str) -> bool:
    """Whether *scopes* grant *wanted*."""
    for scope in scopes:
        bundle = _BUNDLES.get(scope, frozenset())
        if scope == wanted or wanted in bundle or "*" in bundle:
            return True
    return False


@attrs.frozen
class ApiKey:
    """
    A key as its org sees it, without the secret.

    Attributes:
        models: Public names of the models that it may use; None is all. Requests that name no model
            get the first.
        for_tokens: Whether it is the key behind the tokens of people: made when the first one asks
            for a token; its secret is never shown.
    """

    id: KeyId
    org: OrgId
    name: str
    hash: KeyHash = attrs.field(repr=False)
    hint: str
    created: datetime
    scopes: frozenset[str] = DEFAULT_SCOPES
    tags: tuple[str, ...] = ()
    expires: datetime | None = None
    revoked: datetime | None = None
    last_used: datetime | None = None
    models: tuple[str, ...] | None = None
    limits: KeyLimits = NO_LIMITS
    for_tokens: bool = False

    def opens(self, *, at: datetime) -> bool:
        """Whether the key is valid at that time."""
        return (self.revoked is None or at < self.revoked) and (
            self.expires is None or at < self.expires
        )


@attrs.frozen
class KeyDraft:
    """What a new key is to be: see `ApiKey`."""

    name: str
    scopes: frozenset[str] = DEFAULT_SCOPES
    tags: tuple[str, ...] = ()
    expires: datetime | None = None
    models: tuple[str, ...] | None = None
    limits: KeyLimits = NO_LIMITS
    for_tokens: bool = False

    @classmethod
    def like(cls, key: ApiKey) -> Self:
        return cls(key.name, key.scopes, key.tags, key.expires, key.models, key.limits)


@attrs.frozen
class KeyFilter:
    """
    Which of an org's keys are meant: those that work, those that have ended, or all.

    Attributes:
        works_at: Only keys that are valid then.
        ended_at: Only keys that have been revoked or have expired by then.
        search: Only keys with this in their name, hint or one of their tags, in any case.
    """

    works_at: datetime | None = None
    ended_at: datetime | None = None
    search: str = ""

    def matches(self, key: ApiKey) -> bool:
        return (
            (self.works_at is None or key.opens(at=self.works_at))
            and (self.ended_at is None or not key.opens(at=self.ended_at))
            and any(
                self.search.casefold() in text.casefold()
                for text in (key.name, key.hint, *key.tags)
            )
        )


EVERY_KEY = KeyFilter()


@attrs.frozen(cache_hash=True)
class KnownKey:
    """
    The gateway's view of a key: what is needed to authenticate and authorise a caller.

    Attributes:
        tags: Added to every request that the key makes.
        models: See `ApiKey`.
        limits: None if the key has none of its own, and no token is used.
        token: The audio that the token allows by which the key is used now, if it is bounded.
    """

    hash: KeyHash = attrs.field(repr=False)
    id: KeyId
    org: OrgId
    scopes: frozenset[str] = DEFAULT_SCOPES
    expires: datetime | None = None
    tags: tuple[str, ...] = ()
    models: tuple[str, ...] | None = None
    limits: KeyLimits | None = None
    token: TokenAudio | None = None

    def opens(self, *, at: datetime) -> bool:
        return self.expires is None or at < self.expires

    def granted(self, grant: Grant) -> "KnownKey":
        """The key as a token of it is used."""
        if not grant.tags and grant.audio_ms is None:
            return self
        key = attrs.evolve(self, tags=tuple(dict.fromkeys((*self.tags, *grant.tags))))
        if grant.audio_ms is None:
            return key
        audio = TokenAudio(grant.id, grant.audio_ms)
        return attrs.evolve(key, limits=self.limits or NO_LIMITS, token=audio)

    @classmethod
    def of(cls, key: ApiKey) -> Self:
        # A key that is revoked at a later time (rotation with an overlap) expires then.
        ends = [end for end in (key.expires, key.revoked) if end is not None]
        limits = None if key.limits == NO_LIMITS else key.limits
        return cls(
            key.hash,
            key.id,
            key.org,
            key.scopes,
            min(ends, default=None),
            key.tags,
            key.models,
            limits,
        )
