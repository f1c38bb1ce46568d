"""Traces: the steps of one request or change, over the borders of processes."""

import enum

from abc import abstractmethod
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Protocol


class SpanKind(enum.Enum):
    """The part that a step plays between two processes."""

    SERVER = "server"
    CLIENT = "client"
    PRODUCER = "producer"
    CONSUMER = "consumer"


class Span(Protocol):
    """A step that runs."""

    @property
    @abstractmethod
    def traceparent(self) -> str:
        """What is sent to the next process (W3C Trace Context); empty if nothing is traced."""

    @abstractmethod
    def note(self, name: str, value: str | int) -> None:
        """Notes an attribute. It must hold nothing secret: traces leave the deployment."""

    @abstractmethod
    def fail(self, kind: str) -> None:
        """
        Marks the step as failed.

        Args:
            kind: A short constant: a status, or an exception's class. No text of an error, which
                may hold anything.
        """


class Tracer(Protocol):
    """Begins steps, and sends those that have ended to a collector, if there is one."""

    @property
    @abstractmethod
    def is_on(self) -> bool:
        """Whether steps go anywhere. Callers on hot paths begin none if not."""

    @abstractmethod
    def span(
        self,
        name: str,
        kind: SpanKind,
        *,
        parent: str | None = None,
        attributes: Mapping[str, str | int] | None = None,
    ) -> AbstractContextManager[Span]:
        """
        A step that lasts as long as the context, and around which this task's further steps are. An
        exception marks it as failed.

        Args:
            parent: The traceparent that another process sent; empty or malformed: a new trace. None:
                the step that this task is in.
        """

    @abstractmethod
    def current(self) -> str:
        """The traceparent of the step that this task is in; empty if it is in none."""

    @abstractmethod
    def flush(self) -> None:
        """Sends what has ended, in a few seconds at most: before the process ends, or is frozen."""
