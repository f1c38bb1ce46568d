"""The outbox where emails wait until they are sent."""

from abc import abstractmethod
from datetime import datetime
from typing import Protocol

import attrs

from aldea_core.domain.access.emails import Email
from aldea_core.domain.ids import EmailId


@attrs.frozen
class WaitingEmail:
    """
    An email of the outbox.

    Attributes:
        added: When it was added.
        failures: How many attempts to send it have failed.
    """

    id: EmailId
    email: Email
    added: datetime
    failures: int = 0


@attrs.frozen
class OutboxState:
    """
    Attributes:
        waiting: How many emails are not sent yet.
        oldest: When the one that waits longest was added; None if none waits.
        failed: How many were given up, among those that are still kept.
    """

    waiting: int
    oldest: datetime | None
    failed: int


class EmailOutbox(Protocol):
    """
    Emails that wait to be sent.

    - *add* within a transaction is part of it: an email is sent if the change that it is about is
      kept, and only then.
    - An email is sent at least once: if its sender dies between sending and marking it, it is
      claimed again.
    """

    @abstractmethod
    async def add(self, email: Email, *, at: datetime) -> None: ...

    @abstractmethod
    async def claim(self, *, at: datetime, until: datetime) -> WaitingEmail | None:
        """
        The email that is due longest. No other caller gets it before *until*, unless it is put off
        to an earlier time.
        """

    @abstractmethod
    async def is_waiting(self, email: EmailId) -> bool:
        """Whether the email is neither sent, given up nor withdrawn."""

    @abstractmethod
    async def mark_sent(self, email: EmailId, *, at: datetime) -> None:
        """Keeps of it that it was sent; its text is deleted."""

    @abstractmethod
    async def postpone(self, email: EmailId, reason: str, *, until: datetime) -> None:
        """
        Counts a failed attempt.

        Args:
            reason: For operators; without addresses and secrets.
            until: When the next attempt is due.
        """

    @abstractmethod
    async def mark_failed(self, email: EmailId, reason: str, *, at: datetime) -> None:
        """Gives it up; its text is deleted."""

    @abstractmethod
    async def remove(self, email: EmailId) -> None:
        """Deletes an email that is not needed any more."""

    @abstractmethod
    async def withdraw(self, owner: str) -> None:
        """Deletes waiting emails whose tokens would be for *owner* (`WantedToken`)."""

    @abstractmethod
    async def state(self) -> OutboxState: ...

    @abstractmethod
    async def forget(self, *, before: datetime) -> None:
        """Deletes emails that were sent or given up before that time."""
