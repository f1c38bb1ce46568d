"""What every `Passwords` promises."""


class PasswordsContract:
    """Subclasses give a fixture `passwords`."""

    async def test_the_right_one_fits(self, passwords):
        """
        And no other.
        """
        hashed = await passwords.hash("correct horse")

        assert await passwords.verify(hashed, "correct horse")
        assert not await passwords.verify(hashed, "correct horsf")
        assert not await passwords.verify("nonsense", "correct horse")

    async def test_nobodys(self, passwords):
        """
        Fits nothing, not even nothing.
        """
        assert not await passwords.verify(None, "correct horse")
        assert not await passwords.verify(None, "")

    async def test_a_hash_says_nothing(self, passwords):
        """
        Neither the password nor who has the same.
        """
        first, second = await passwords.hash("same"), await passwords.hash("same")

        assert first != second
        assert "same" not in first
