"""Transactions of the database."""

from abc import abstractmethod
from contextlib import AbstractAsyncContextManager
from typing import Protocol


class Transaction(Protocol):
    """
    Opens transactions.

    - If the context exits with an exception, nothing written in it is kept.
    - Two transactions about the same thing run one after the other. What is read in one stays true
      until its end, if all writers use a transaction about the same thing.
    - A nested transaction is part of the outer one.
    """

    @abstractmethod
    def about(self, thing: str = "") -> AbstractAsyncContextManager[None]:
        """
        Args:
            thing: The id of what is changed, which serialises transactions; empty if no concurrent
                change is possible.

        Raises:
            Unavailable: The database does not answer; nothing was kept.
        """

    @abstractmethod
    def reading(self) -> AbstractAsyncContextManager[None]:
        """
        Reads within it, one after the other, share what they cost to begin. Each sees what is
        committed when it begins. Not for tasks that read at the same time.
        """
