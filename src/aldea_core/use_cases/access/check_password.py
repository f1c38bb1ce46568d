"""
Check the password of a signed-in user; every use case that asks for it again calls this.

A session may be left open, so what it may not do alone asks for the password too. An attacker who
has the session can guess no faster in several places than in one.
"""

import attrs

from aldea_core.domain.access import attempt_limits
from aldea_core.domain.access.people import User
from aldea_core.domain.errors import BadRequest
from aldea_core.ports.passwords import Passwords
from aldea_core.use_cases.access.throttle import Throttle


@attrs.frozen
class CheckPassword:
    passwords: Passwords
    throttle: Throttle

    async def __call__(self, user: User, password: str, *, field: str = "password") -> None:
        """
        Args:
            field: The name of the request's field, for the error.

        Raises:
            BadRequest: It is not the user's password.
            TooManyAttempts: Too many passwords were wrong.
        """
        await self.throttle(attempt_limits.PASSWORD_OF_USER, user.id)
        if not await self.passwords.verify(user.password, password):
            raise BadRequest("This is not your password.", field=field)
        await self.throttle.forgive(attempt_limits.PASSWORD_OF_USER, user.id)
