"""What every `PasswordStrength` promises."""

import pytest


class PasswordStrengthContract:
    """Subclasses give a fixture `strength`."""

    @pytest.mark.parametrize("password", ["password1234", "qwertyuiop12", "iloveyou1234", "x" * 12])
    async def test_common_password_is_weak(self, strength, password):
        """
        With a reason in words.
        """
        assert await strength.weakness(password, [])

    async def test_owners_data_is_weak(self, strength):
        """
        In any case.
        """
        known = ["ann.baker@example.com", "Ann Baker of Acme"]

        assert await strength.weakness("Ann.Baker@Example.com", known)
        assert await strength.weakness("ann baker of acme", known)

    @pytest.mark.parametrize(
        "password", ["correct horse battery", "9fK2-xQ7m-Lp4w", "ßµ☃ü quite a long one" + "x" * 170]
    )
    async def test_uncommon_password_is_strong(self, strength, password):
        """
        However long.
        """
        assert await strength.weakness(password, ["ann@example.com"]) == ""
