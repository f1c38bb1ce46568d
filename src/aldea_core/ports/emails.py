"""The post."""

from abc import abstractmethod
from typing import Protocol

from aldea_core.domain.access.emails import Email


class EmailSender(Protocol):
    """
    Sends letters.

    - *post* does not wait for the delivery, so nobody can tell by how long an answer takes whether
      a letter was sent. A letter that cannot be delivered is lost: people ask for another one.
    """

    @abstractmethod
    def post(self, email: Email) -> None: ...
