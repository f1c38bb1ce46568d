"""What every `Passwords` promises."""


class PasswordsContract:
    """Subclasses give a fixture `passwords`."""

    async def test_only_the_right_password_matches(self, passwords):
        hashed = await passwords.hash("correct horse")

        assert await passwords.verify(hashed, "correct horse")
        assert not await passwords.verify(hashed, "correct horsf")
        assert not await passwords.verify("nonsense", "correct horse")

    async def test_hash_of_no_user_matches_no_password(self, passwords):
        """
        Not even the empty one.
        """
        assert not await passwords.verify(None, "correct horse")
        assert not await passwords.verify(None, "")

    async def test_hash_reveals_nothing(self, passwords):
        """
        Neither the password nor which users share it.
        """
        first, second = await passwords.hash("same"), await passwords.hash("same")

        assert first != second
        assert "same" not in first
