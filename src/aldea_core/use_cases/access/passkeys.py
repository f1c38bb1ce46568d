"""
Register and remove passkeys, and sign in with them.

Each ceremony has a challenge of its own, which the server keeps, and which is used once. A passkey
after a password is a second factor, in the place of a code; without a password it is both factors,
so its device must have verified its user.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from aldea_core.domain.access import attempt_limits
from aldea_core.domain.access.ceremonies import CEREMONY_LASTS, Ceremony
from aldea_core.domain.access.networks import network_of
from aldea_core.domain.access.passkeys import MOST_PASSKEYS, Passkey
from aldea_core.domain.access.people import User
from aldea_core.domain.access.tokens import RANDOM_BYTES, Token, TokenKind
from aldea_core.domain.errors import BadRequest, Conflict, NotFound
from aldea_core.domain.ids import PasskeyId, TokenHash, UserId
from aldea_core.domain.names import proper_name
from aldea_core.ports.ceremonies import Ceremonies
from aldea_core.ports.clock import Clock
from aldea_core.ports.passkeys import Passkeys, PasskeyVerifier
from aldea_core.ports.randomness import Randomness
from aldea_core.ports.sign_ins import OneTimeTokens
from aldea_core.ports.transaction import Transaction
from aldea_core.ports.users import Users
from aldea_core.use_cases.access.check_password import CheckPassword
from aldea_core.use_cases.access.sign_in import BeginSignIn, SignedIn
from aldea_core.use_cases.access.throttle import Throttle


@attrs.frozen
class Begun:
    """
    A ceremony that has begun.

    Attributes:
        token: Names it, with the answer.
        options: For the browser.
    """

    token: Token
    options: Mapping[str, Any] = attrs.field(repr=False)


@attrs.frozen
class BeginCeremony:
    """Keeps a challenge until its answer comes."""

    ceremonies: Ceremonies
    randomness: Randomness
    clock: Clock

    async def __call__(self, kind: TokenKind, facts: Mapping[str, str]) -> tuple[Token, bytes]:
        """The ceremony's token, and its challenge."""
        token = Token.mint(kind, self.randomness.bytes(RANDOM_BYTES))
        challenge, now = self.randomness.bytes(RANDOM_BYTES), self.clock.now()
        kept = {**facts, "challenge": challenge.hex()}
        ceremony = Ceremony(token.hash, kind, kept, now + CEREMONY_LASTS)
        await self.ceremonies.add(ceremony, at=now)
        return token, challenge

    async def end(self, kind: TokenKind, text: str) -> tuple[Mapping[str, str], bytes]:
        """
        What was kept, and the challenge.

        Raises:
            BadRequest: The ceremony is unknown, used or expired.
        """
        token = Token.parse(kind, text)
        begun = token and await self.ceremonies.take(token.hash, kind, at=self.clock.now())
        if not begun:
            raise BadRequest("This took too long: begin again.", field="ceremony")
        return begun.facts, bytes.fromhex(begun.facts["challenge"])


@attrs.frozen
class ManagePasskeys:
    """What a signed-in user does with their passkeys."""

    passkeys: Passkeys
    passkey_verifier: PasskeyVerifier
    begin_ceremony: BeginCeremony
    check_password: CheckPassword
    transaction: Transaction
    randomness: Randomness
    clock: Clock

    async def begin(self, user: User, password: str) -> Begun:
        """
        Begins a registration.

        Raises:
            BadRequest: The password is wrong.
            Conflict: The user has too many passkeys.
            TooManyAttempts: Too many passwords were wrong.
        """
        await self.check_password(user, password)
        known = await self._with_room(user.id)
        token, challenge = await self.begin_ceremony(TokenKind.NEW_PASSKEY, {"user": user.id})
        return Begun(token, self.passkey_verifier.registration(user, challenge, known))

    async def register(
        self, user: User, ceremony: str, name: str, answer: Mapping[str, Any]
    ) -> Passkey:
        """
        Raises:
            BadRequest: The ceremony is unknown, used, expired or of another user, or the answer is
                none to its challenge.
            Conflict: The credential is registered already, or the user has too many by now.
        """
        name = proper_name(name)
        facts, challenge = await self.begin_ceremony.end(TokenKind.NEW_PASSKEY, ceremony)
        if facts["user"] != user.id:
            raise BadRequest("This took too long: begin again.", field="ceremony")
        credential = self.passkey_verifier.registered(answer, challenge)
        passkey = Passkey(
            PasskeyId(self.randomness.uuid()), user.id, name, credential, self.clock.now()
        )
        async with self.transaction.about(user.id):
            await self._with_room(user.id)
            if not await self.passkeys.add(passkey):
                raise Conflict("This passkey is registered already.")
            return passkey

    async def remove(self, user: UserId, passkey: PasskeyId) -> Passkey:
        """
        Raises:
            NotFound: The user has no such passkey.
        """
        known = {each.id: each for each in await self.passkeys.of_user(user)}
        if passkey not in known or not await self.passkeys.remove(user, passkey):
            raise NotFound("You have no such passkey.")
        return known[passkey]

    async def _with_room(self, user: UserId) -> Sequence[Passkey]:
        """
        The passkeys of a user who may have another one.

        Raises:
            Conflict: The user has too many.
        """
        known = await self.passkeys.of_user(user)
        if len(known) >= MOST_PASSKEYS:
            raise Conflict(f"A user has {MOST_PASSKEYS} passkeys at most: remove one first.")
        return known


@attrs.frozen
class SignInByPasskey:
    """Signs a user in by a passkey, alone or after the password."""

    users: Users
    passkeys: Passkeys
    passkey_verifier: PasskeyVerifier
    begin_ceremony: BeginCeremony
    begin_sign_in: BeginSignIn
    one_time_tokens: OneTimeTokens
    throttle: Throttle
    transaction: Transaction
    clock: Clock

    async def begin(self, challenge: str = "", *, address: str = "") -> Begun:
        """
        Args:
            challenge: That the password opened; empty for a sign-in without a password.

        Raises:
            BadRequest: The challenge is unknown, used or expired, or its user has no passkey.
            TooManyAttempts: There were too many from this network.
        """
        await self.throttle(attempt_limits.SIGN_IN_BY_NETWORK, network_of(address))
        facts, known = {}, []
        if challenge:
            opened = Token.parse(TokenKind.CHALLENGE, challenge)
            owner = opened and await self._owner(opened.hash)
            known = list(await self.passkeys.of_user(owner)) if owner else []
            if not opened or not owner or not known:
                raise BadRequest("There is no passkey for this sign-in.", field="challenge")
            facts = {"user": owner, "opened": opened.hash}
        token, asked = await self.begin_ceremony(TokenKind.PASSKEY, facts)
        return Begun(token, self.passkey_verifier.request(asked, known))

    async def complete(
        self, ceremony: str, answer: Mapping[str, Any], *, address: str = "", agent: str = ""
    ) -> tuple[SignedIn, Token]:
        """
        Raises:
            BadRequest: The ceremony is unknown, used or expired, or the answer is none to its
                challenge by a passkey of the user.
            TooManyAttempts: There were too many from this network.
        """
        await self.throttle(attempt_limits.SIGN_IN_BY_NETWORK, network_of(address))
        facts, challenge = await self.begin_ceremony.end(TokenKind.PASSKEY, ceremony)
        found = await self.passkeys.of_credential(str(answer.get("id", "")))
        if found is None or facts.get("user", found.user) != found.user:
            raise BadRequest("This passkey is not known here.", field="credential")
        async with self.transaction.about(found.user):
            known = await self.passkeys.of_credential(found.credential.id)
            if known is None:  # removed meanwhile
                raise BadRequest("This passkey is not known here.", field="credential")
            (user,) = await self.users.some([known.user])
            count = self.passkey_verifier.used(
                answer, challenge, known.credential, is_user_verified="opened" not in facts
            )
            if "opened" in facts:
                opened = TokenHash(facts["opened"])
                if await self._owner(opened) != user.id:
                    raise BadRequest("This took too long: begin again.", field="ceremony")
                await self.one_time_tokens.end(opened)
            await self.passkeys.note_use(known.id, count, at=self.clock.now())
            return await self.begin_sign_in.begin(user, address, agent)

    async def _owner(self, opened: TokenHash) -> UserId | None:
        now = self.clock.now()
        return await self.one_time_tokens.find(opened, TokenKind.CHALLENGE, at=now)
