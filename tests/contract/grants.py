"""What every `Grants` promises."""

import base64

from datetime import timedelta

from tests.contract.values import NOW, after, known_key

from aldea_core.domain.access.grants import Grant


class GrantsContract:
    """Subclasses give a fixture `grants`."""

    def test_token_stands_for_its_key(self, grants):
        """
        By the key's hash; no two tokens are alike.
        """
        key = Grant(known_key().hash)
        token, other = (grants.issue(key, at=NOW, ttl=timedelta(seconds=30)) for _ in range(2))

        assert token != other
        assert grants.redeem(token, at=after(29)) == key

    def test_token_has_its_bounds(self, grants):
        grant = Grant(known_key().hash, "id", "https://app.example.com", 61_000, ("a", "b"))
        token = grants.issue(grant, at=NOW, ttl=timedelta(seconds=30))

        assert grants.redeem(token, at=NOW) == grant

    def test_a_token_expires(self, grants):
        """
        At its time, by the clock that is handed in.
        """
        token = grants.issue(Grant(known_key().hash), at=NOW, ttl=timedelta(seconds=30))

        assert grants.redeem(token, at=after(30)) is None

    def test_foreign_and_malformed_tokens_are_refused(self, grants):
        """
        Junk, a changed token, a very long one.
        """
        token = grants.issue(Grant(known_key().hash), at=NOW, ttl=timedelta(seconds=30))
        changed = token[:-2] + ("AA" if token[-2:] != "AA" else "BB")

        for wrong in ("", "junk", changed, token * 50, "ünsinn", "a.b.c"):
            assert grants.redeem(wrong, at=NOW) is None

    def test_tokens_differ_from_keys(self, grants):
        """
        No token contains a valid key, and it fits into a subprotocol.
        """
        token = grants.issue(Grant(known_key().hash), at=NOW, ttl=timedelta(seconds=30))

        assert "org_" not in token
        assert not set(token) & set(' ",/:;<=>?@[\\]{}()')

    def test_token_does_not_reveal_its_key(self, grants):
        """
        Decoded, it shows neither the hash, nor the org, nor the scopes, nor its bounds.
        """
        key = known_key()
        bounds = ("id-of-token", "https://app.example.com", 61_000, ("kiosk",))
        token = grants.issue(Grant(key.hash, *bounds), at=NOW, ttl=timedelta(seconds=30))
        seen = "".join(
            base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode(errors="replace")
            for part in token.split(".")
        )

        for secret in (key.hash, key.id, key.org, "usage:write", "example", "61000", "kiosk"):
            assert secret not in seen
            assert base64.urlsafe_b64encode(secret.encode()).decode().rstrip("=") not in seen
            assert secret not in token

    def test_the_secret_is_in_no_repr(self, grants):
        """
        Nor are issued tokens.
        """
        token = grants.issue(Grant(known_key().hash), at=NOW, ttl=timedelta(seconds=30))

        assert token not in repr(grants)
        assert "secret" not in repr(grants)
