"""Passkeys of users: those that are registered, and the protocol with devices."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from aldea_core.domain.access.passkeys import Credential, Passkey
from aldea_core.domain.access.people import User
from aldea_core.domain.ids import PasskeyId, UserId


class Passkeys(Protocol):
    """Stores passkeys."""

    @abstractmethod
    async def add(self, passkey: Passkey) -> bool:
        """Adds a passkey; False, without any change, if its credential is known."""

    @abstractmethod
    async def of_user(self, user: UserId) -> Sequence[Passkey]:
        """The user's passkeys, oldest first."""

    @abstractmethod
    async def of_credential(self, credential: str) -> Passkey | None: ...

    @abstractmethod
    async def note_use(self, passkey: PasskeyId, count: int, *, at: datetime) -> None:
        """Sets how often its credential has signed, and when it was used last."""

    @abstractmethod
    async def remove(self, user: UserId, passkey: PasskeyId) -> bool:
        """False if the user has no such passkey."""

    @abstractmethod
    async def remove_all(self, user: UserId) -> None: ...


class PasskeyVerifier(Protocol):
    """
    Makes the options that browsers take, and verifies what devices answer.

    Options and answers are in the JSON forms of Web Authentication, level 3.
    """

    @abstractmethod
    def registration(
        self, user: User, challenge: bytes, known: Sequence[Passkey]
    ) -> Mapping[str, Any]:
        """
        Options for making a credential.

        Args:
            known: A device that has one of these makes no other.
        """

    @abstractmethod
    def registered(self, answer: Mapping[str, Any], challenge: bytes) -> Credential:
        """
        Raises:
            BadRequest: It is no answer to *challenge*.
        """

    @abstractmethod
    def request(self, challenge: bytes, known: Sequence[Passkey]) -> Mapping[str, Any]:
        """
        Options for signing with a credential.

        Args:
            known: One of these, if there are any; else any that the device has for us, after it has
                verified its user.
        """

    @abstractmethod
    def used(
        self,
        answer: Mapping[str, Any],
        challenge: bytes,
        credential: Credential,
        *,
        is_user_verified: bool,
    ) -> int:
        """
        How often the credential has signed now.

        Args:
            is_user_verified: Whether the device must have verified its user.

        Raises:
            BadRequest: It is no answer to *challenge* by *credential*, or by a copy of it.
        """
