"""Sending emails."""

from abc import abstractmethod
from typing import Protocol

from aldea_core.domain.access.emails import Email


class EmailSender(Protocol):
    """
    Sends emails.

    - *post* returns before delivery, so response times do not reveal whether an email was sent.
      An email that cannot be delivered is lost; users ask for another one.
    """

    @abstractmethod
    def post(self, email: Email) -> None: ...
