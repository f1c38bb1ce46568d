"""Turn off the second factor of a user who lost it."""

import attrs

from aldea_core.domain.access.people import User
from aldea_core.domain.errors import Conflict, existing
from aldea_core.domain.ids import UserId
from aldea_core.ports.second_factors import SecondFactors
from aldea_core.ports.transaction import Transaction
from aldea_core.ports.users import Users


@attrs.frozen
class ResetSecondFactor:
    """
    For operators, who have made sure by other means that it is the user who asks. The password and
    the sign-ins stay.
    """

    users: Users
    second_factors: SecondFactors
    transaction: Transaction

    async def __call__(self, user: UserId) -> User:
        """
        The user.

        Raises:
            NotFound: There is no such user.
            Conflict: They have no second factor.
        """
        known = existing(await self.users.of_id(user), "There is no such user.")
        async with self.transaction.about(user):  # else a sign-in could put it back
            was_there = await self.second_factors.remove(user)
        if not was_there:
            raise Conflict("The user has no second factor.")
        return known
