"""Check and hash a new password; every use case that sets one calls this."""

from collections.abc import Sequence

import attrs

from aldea_core.domain.errors import BadRequest
from aldea_core.ports.password_strength import PasswordStrength
from aldea_core.ports.passwords import Passwords


@attrs.frozen
class ChoosePassword:
    passwords: Passwords
    strength: PasswordStrength

    async def __call__(
        self, password: str, *, known: Sequence[str] = (), field: str = "password"
    ) -> str:
        """
        The hash of *password*.

        Args:
            known: Public facts about its owner.
            field: The name of the request's field, for the error.

        Raises:
            BadRequest: The password is easy to guess.
        """
        weakness = await self.strength.weakness(password, known)
        if weakness:
            raise BadRequest(
                f"This password is easy to guess: {weakness}. Take 12 characters or more that are in no "
                "list of passwords, such as four words that have nothing to do with each other; not "
                "your name or address, no rows of keys, no repetitions.",
                field=field,
            )
        return await self.passwords.hash(password)
