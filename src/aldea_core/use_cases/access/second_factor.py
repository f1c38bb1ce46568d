"""
Enrol, confirm, use and disable the second factor of a user's sign-in.

A code is taken once: its time step is stored with it. Recovery codes are shown once, and each is
taken once.
"""

import attrs

from aldea_core.domain.access import attempt_limits
from aldea_core.domain.access.networks import network_of
from aldea_core.domain.access.people import User
from aldea_core.domain.access.second_factor import (
    RECOVERY_BYTES,
    RECOVERY_CODES,
    SecondFactor,
    recovery_code,
    recovery_hash,
)
from aldea_core.domain.access.tokens import Token, TokenKind
from aldea_core.domain.errors import BadRequest, Conflict
from aldea_core.domain.ids import UserId
from aldea_core.ports.clock import Clock
from aldea_core.ports.one_time_codes import OneTimeCodes
from aldea_core.ports.randomness import Randomness
from aldea_core.ports.second_factors import SecondFactors
from aldea_core.ports.sign_ins import OneTimeTokens
from aldea_core.ports.transaction import Transaction
from aldea_core.ports.users import Users
from aldea_core.use_cases.access.check_password import CheckPassword
from aldea_core.use_cases.access.sign_in import BeginSignIn, SignedIn
from aldea_core.use_cases.access.throttle import Throttle


SECRET_BYTES = 20  # RFC 4226 recommends 160 bits


@attrs.frozen
class Enrolment:
    """
    A factor that is not confirmed yet.

    Attributes:
        secret: In base32, to be typed into an app.
        uri: `otpauth:`, to be shown as a QR code.
    """

    secret: str = attrs.field(repr=False)
    uri: str = attrs.field(repr=False)


@attrs.frozen
class ManageSecondFactor:
    """What a signed-in user does with their second factor."""

    second_factors: SecondFactors
    one_time_codes: OneTimeCodes
    check_password: CheckPassword
    throttle: Throttle
    transaction: Transaction
    randomness: Randomness
    clock: Clock

    async def enrol(self, user: User, password: str) -> Enrolment:
        """
        A new secret, which replaces one that was not confirmed.

        Raises:
            BadRequest: The password is wrong.
            Conflict: The user has a second factor already.
            TooManyAttempts: Too many passwords were wrong.
        """
        await self.check_password(user, password)
        secret = self.one_time_codes.secret(self.randomness.bytes(SECRET_BYTES))
        async with self.transaction.about(user.id):
            known = await self.second_factors.of_user(user.id)
            if known is not None and known.confirmed is not None:
                raise Conflict("The second factor is on already: disable it first.")
            await self.second_factors.put(SecondFactor(user.id, secret, self.clock.now()))
        return Enrolment(secret, self.one_time_codes.uri(secret, user.email))

    async def confirm(self, user: User, code: str) -> list[str]:
        """
        Turns the second factor on, given a code of the app; returns the recovery codes.

        Raises:
            BadRequest: The code is wrong.
            Conflict: There is no factor to confirm.
            TooManyAttempts: Too many codes were wrong.
        """
        await self.throttle(attempt_limits.SECOND_FACTOR_OF_USER, user.id)
        async with self.transaction.about(user.id):
            known = await self.second_factors.of_user(user.id)
            if known is None or known.confirmed is not None:
                raise Conflict("There is no second factor to confirm: enrol one first.")
            now = self.clock.now()
            used = known.after_step(self.one_time_codes.step_of(known.secret, code, at=now))
            if used is None:
                raise BadRequest("This is not the present code of the app.", field="code")
            return await self._with_recovery(attrs.evolve(used, confirmed=now))

    async def renew_recovery(self, user: User, password: str) -> list[str]:
        """
        New recovery codes; those of before are not taken any more.

        Raises:
            BadRequest: The password is wrong.
            Conflict: The user has no second factor.
            TooManyAttempts: Too many passwords were wrong.
        """
        await self.check_password(user, password)
        async with self.transaction.about(user.id):
            known = await self.second_factors.of_user(user.id)
            if known is None or known.confirmed is None:
                raise Conflict("The second factor is off.")
            return await self._with_recovery(known)

    async def disable(self, user: User, password: str) -> None:
        """
        Turns the second factor off.

        Raises:
            BadRequest: The password is wrong.
            Conflict: The user has none.
            TooManyAttempts: Too many passwords were wrong.
        """
        await self.check_password(user, password)
        async with self.transaction.about(user.id):  # else a sign-in could put it back
            was_there = await self.second_factors.remove(user.id)
        if not was_there:
            raise Conflict("The second factor is off already.")

    async def _with_recovery(self, factor: SecondFactor) -> list[str]:
        codes = [
            recovery_code(self.randomness.bytes(RECOVERY_BYTES)) for _ in range(RECOVERY_CODES)
        ]
        hashes = tuple(recovery_hash(code) for code in codes)
        await self.second_factors.put(attrs.evolve(factor, recovery=hashes))
        return codes


@attrs.frozen
class CompleteSignIn:
    """Signs a user in, given the challenge that the password opened, and a code."""

    users: Users
    begin_sign_in: BeginSignIn
    one_time_tokens: OneTimeTokens
    second_factors: SecondFactors
    one_time_codes: OneTimeCodes
    throttle: Throttle
    transaction: Transaction
    clock: Clock

    async def __call__(
        self, challenge: str, code: str, *, address: str = "", agent: str = ""
    ) -> tuple[SignedIn, Token] | None:
        """
        The sign-in with its token. None if the code is wrong or was used.

        Args:
            code: Of the app, or a recovery code.

        Raises:
            BadRequest: The challenge is unknown, used or expired: begin with the password again.
            TooManyAttempts: There were too many from this network or of this user.
        """
        await self.throttle(attempt_limits.SIGN_IN_BY_NETWORK, network_of(address))
        token = Token.parse(TokenKind.CHALLENGE, challenge)
        owner = token and await self._owner(token)
        if not token or not owner:
            raise _too_old()
        await self.throttle(attempt_limits.SECOND_FACTOR_OF_USER, owner)
        async with self.transaction.about(owner):
            factor = await self.second_factors.of_user(owner)
            if factor is None or await self._owner(token) != owner:
                raise _too_old()
            step = self.one_time_codes.step_of(factor.secret, code, at=self.clock.now())
            used = factor.after_step(step) or factor.after_recovery(code)
            if used is None:
                return None
            await self.second_factors.put(used)
            await self.one_time_tokens.end(token.hash)
            (user,) = await self.users.some([owner])
            begun = await self.begin_sign_in.begin(user, address, agent)
        await self.throttle.forgive(attempt_limits.SECOND_FACTOR_OF_USER, owner)
        return begun

    async def _owner(self, token: Token) -> UserId | None:
        now = self.clock.now()
        return await self.one_time_tokens.find(token.hash, TokenKind.CHALLENGE, at=now)


def _too_old() -> BadRequest:
    return BadRequest("This sign-in took too long: begin again.", field="challenge")
