"""The format of API keys, and which scopes they grant."""

import re

from datetime import UTC, datetime, timedelta

import pytest

from hypothesis import given
from hypothesis import strategies as st

from aldea_core.domain.access.grants import Grant
from aldea_core.domain.access.key_limits import NO_LIMITS, KeyLimits, TokenAudio
from aldea_core.domain.access.keys import PREFIX, RANDOM_BYTES, ApiKey, KeySecret, KnownKey, allows
from aldea_core.domain.ids import KeyHash, KeyId, OrgId


NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SECRET = KeySecret.mint(bytes(range(RANDOM_BYTES)))
# Behind the prefix; the last one's checksum begins with zeros.
KEYS = {
    0: "0000000000000000000000000000000002xzFCK",
    int.from_bytes(range(RANDOM_BYTES)): "000A7dl5PEW67zZCpFU9uKaHnGgOvQKAR1B2hoj",
    812: "0000000000000000000000000000000D600GNoF",
}


def a_key(**changes: object) -> ApiKey:
    fields = {"id": KeyId("k"), "org": OrgId("o"), "name": "n", "hash": SECRET.hash}
    return ApiKey(**{**fields, "hint": SECRET.hint, "created": NOON, **changes})


class TestKeySecret:
    @given(st.binary(min_size=RANDOM_BYTES, max_size=RANDOM_BYTES))
    def test_minted_key_is_parsed(self, random: bytes) -> None:
        """
        It also fits a WebSocket subprotocol unescaped.
        """
        secret = KeySecret.mint(random)

        assert KeySecret.parse(secret.reveal()) == secret
        assert re.fullmatch("org_[0-9A-Za-z]{39}", secret.reveal())

    def test_key_encodes_every_random_bit(self) -> None:
        """
        The largest number fits.
        """
        largest = KeySecret.mint(b"\xff" * RANDOM_BYTES)

        assert largest != KeySecret.mint(b"\x7f" + b"\xff" * (RANDOM_BYTES - 1))

    def test_key_format_is_fixed(self) -> None:
        """
        Issued keys stay valid.
        """
        for number, text in KEYS.items():
            assert KeySecret.mint(number.to_bytes(RANDOM_BYTES)).reveal() == PREFIX + text

    def test_wrong_amount_of_randomness_is_refused(self) -> None:
        """
        Too little would be guessable.
        """
        with pytest.raises(ValueError, match="24 random bytes"):
            KeySecret.mint(b"short")

    @given(st.integers(0, 42), st.characters(codec="ascii"))
    def test_checksum_detects_any_single_typo(self, position: int, email: str) -> None:
        text = SECRET.reveal()
        changed = text[:position] + email + text[position + 1 :]

        assert (KeySecret.parse(changed) is not None) == (changed == text)

    @pytest.mark.parametrize("text", ["", "org_", "org_short", "x" * 43, "org_" + "é" * 39])
    def test_malformed_key_is_refused_without_a_lookup(self, text: str) -> None:
        assert KeySecret.parse(text) is None

    def test_key_is_not_printed(self) -> None:
        """
        Neither repr nor str nor a format shows more than the hint.
        """
        for shown in (
            repr(SECRET),
            str(SECRET),
            f"{SECRET}",
            repr(a_key()),
            repr(KnownKey.of(a_key())),
        ):
            assert SECRET.reveal() not in shown
            assert SECRET.hash not in shown
        assert str(SECRET) == "org_" + SECRET.reveal()[4:10] + "…"

    def test_is_stored_as_sha_256(self) -> None:
        """
        The hash is the documented one, of the whole key.
        """
        assert re.fullmatch("[0-9a-f]{64}", SECRET.hash)


class TestOpens:
    def test_key_is_valid_until_it_expires(self) -> None:
        key = a_key(expires=NOON)

        assert key.opens(at=NOON - timedelta(microseconds=1))
        assert not key.opens(at=NOON)

    def test_key_is_valid_until_its_revocation_time(self) -> None:
        """
        A rotated key is revoked in the future.
        """
        key = a_key(revoked=NOON)

        assert key.opens(at=NOON - timedelta(microseconds=1))
        assert not key.opens(at=NOON)

    def test_cached_key_ends_at_expiry_or_revocation(self) -> None:
        """
        Whichever comes first.
        """
        known = KnownKey.of(a_key(expires=NOON + timedelta(1), revoked=NOON))

        assert known.opens(at=NOON - timedelta(seconds=1))
        assert not known.opens(at=NOON)
        assert KnownKey(KeyHash("h"), KeyId("k"), OrgId("o")).opens(at=NOON)


class TestGranted:
    def test_token_without_bounds_is_the_key(self) -> None:
        known = KnownKey.of(a_key(tags=("key",)))

        assert known.granted(Grant(known.hash, "id")) is known

    def test_token_adds_its_tags_to_the_keys(self) -> None:
        """
        Each once, the key's first; a key without limits stays without.
        """
        known = KnownKey.of(a_key(tags=("key", "both")))
        used = known.granted(Grant(known.hash, "id", tags=("both", "own")))

        assert used.tags == ("key", "both", "own")
        assert (used.limits, used.token) == (None, None)

    @pytest.mark.parametrize("limits", [NO_LIMITS, KeyLimits(concurrent_sessions=2)])
    def test_token_with_audio_counts_within_the_keys_limits(self, limits: KeyLimits) -> None:
        """
        Also if the key has none: sessions are counted by the token then.
        """
        known = KnownKey.of(a_key(limits=limits))
        used = known.granted(Grant(known.hash, "id", audio_ms=5000))

        assert used.token == TokenAudio("id", 5000)
        assert used.limits == limits


@pytest.mark.parametrize(
    ("scopes", "wanted", "expected"),
    [
        ({"member"}, "usage:write", True),
        ({"member"}, "keys:write", False),
        ({"owner"}, "keys:write", True),
        ({"admin"}, "anything", True),
        ({"usage:read"}, "usage:read", True),
        ({"usage:read"}, "usage:write", False),
        (set(), "usage:read", False),
    ],
)
def test_scope_grants_itself_and_role_its_scopes(
    scopes: set[str], wanted: str, expected: bool
) -> None:
    """
    A scope opens itself, and a role what the role may.
    """
    assert expected == allows(scopes, wanted)
