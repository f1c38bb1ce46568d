"""What every `Grants` promises."""

from datetime import timedelta

from tests.contract.values import NOW, after, known_key


class GrantsContract:
    """Subclasses give a fixture `grants`."""

    def test_a_token_stands_for_its_key(self, grants):
        """
        With its scopes.
        """
        key = known_key(scopes=frozenset({"usage:read", "admin"}))
        token = grants.issue(key, at=NOW, ttl=timedelta(seconds=30))

        assert grants.redeem(token, at=after(29)) == key

    def test_a_token_expires(self, grants):
        """
        At its time, by the clock that is handed in.
        """
        token = grants.issue(known_key(), at=NOW, ttl=timedelta(seconds=30))

        assert grants.redeem(token, at=after(30)) is None

    def test_what_is_not_ours_opens_nothing(self, grants):
        """
        Junk, a changed token, a very long one.
        """
        token = grants.issue(known_key(), at=NOW, ttl=timedelta(seconds=30))
        changed = token[:-2] + ("AA" if token[-2:] != "AA" else "BB")

        for wrong in ("", "junk", changed, token * 50, "ünsinn", "a.b.c"):
            assert grants.redeem(wrong, at=NOW) is None

    def test_tokens_differ_from_keys(self, grants):
        """
        No token contains what opens by itself, and it fits into a subprotocol.
        """
        token = grants.issue(known_key(), at=NOW, ttl=timedelta(seconds=30))

        assert "org_" not in token
        assert not set(token) & set(' ",/:;<=>?@[\\]{}()')

    def test_the_secret_is_in_no_repr(self, grants):
        """
        Nor are issued tokens.
        """
        token = grants.issue(known_key(), at=NOW, ttl=timedelta(seconds=30))

        assert token not in repr(grants)
        assert "secret" not in repr(grants)
