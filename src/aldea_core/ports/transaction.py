"""Changes that belong together."""

from abc import abstractmethod
from contextlib import AbstractAsyncContextManager
from typing import Protocol


class Transaction(Protocol):
    """
    Gives contexts in which everything that the same database keeps is kept together.

    - If the context is left by an exception, nothing of what was written in it stays.
    - Of two contexts about the same thing, one begins when the other has ended: what is read in
      it stays true until it ends, if whoever changes it does so in a context about the same thing.
    - One within another is part of that one.
    """

    @abstractmethod
    def about(self, thing: str = "") -> AbstractAsyncContextManager[None]:
        """
        Args:
            thing: The id of what is changed, or nothing if nobody else could be at it.

        Raises:
            Unavailable: The database does not answer; nothing was kept.
        """
        ...
