"""Sending emails."""

from abc import abstractmethod
from typing import Protocol

from aldea_core.domain.access.emails import Email
from aldea_core.domain.errors import AldeaError


class Undeliverable(AldeaError):
    """The email will never be accepted: its recipient or its content is refused for good."""


class EmailSender(Protocol):
    """Sends emails. An email is sent once *send* returns."""

    @abstractmethod
    async def send(self, email: Email) -> None:
        """
        Raises:
            Unavailable: The email was not sent, and may be sent later.
            Undeliverable: The email can never be sent.
        """
