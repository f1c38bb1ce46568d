"""
Exceptions of the core.

Expected refusals are values (`limits.Refused`, `invoices.NotNow`); everything else raises::

    AldeaError
    ├── Unavailable              a dependency does not answer
    │   └── EngineUnavailable    no engine can take the request now
    │       ├── EngineBusy       all engines are at capacity
    │       └── EngineLost       the connection was lost during the work
    ├── EngineTooSlow            the engine did not finish in time
    ├── EngineRefused            the engine refused the request
    ├── BadRequest               invalid parameters or JSON
    ├── NotAllowed               the caller's role or scopes do not suffice
    ├── Conflict                 the change contradicts the current state
    ├── TooManyAttempts          rate-limited
    ├── BadAudio                 the caller's audio cannot be used
    │   ├── UndecodableAudio
    │   ├── EmptyAudio
    │   └── UploadInterrupted
    ├── TooLarge                 more bytes or seconds than allowed
    ├── live.endings.SessionEnded    a file's session was ended before its result
    ├── RemoteContentError       the audio at a URL cannot be fetched
    ├── Unstorable               a store refuses values, and always will
    └── NotFound                 no such org, key, session
"""

from typing import TypeVar


_Thing = TypeVar("_Thing")


class AldeaError(Exception):
    """The base class. Its text may be shown to callers and never contains a secret."""


class Unavailable(AldeaError):
    """
    A dependency does not answer.

    Args:
        what: The dependency's role, as operators know it ("redis", "postgres", "engine").
        retry_after: Seconds after which to try again.
        why: The cause, for operators only; without secrets or customers' data. Empty if unknown.
    """

    def __init__(self, what: str, *, retry_after: float = 5, why: str = "") -> None:
        super().__init__(f"The {what} is unavailable")
        self.what = what
        self.retry_after = retry_after
        self.why = " ".join(why.split()).rstrip(".")

    @property
    def in_full(self) -> str:
        """The text with its cause, for operators."""
        return f"{self}: {self.why}" if self.why else str(self)


class EngineUnavailable(Unavailable):
    """No engine can take the request now."""

    def __init__(self, what: str = "speech engine", *, retry_after: float = 5) -> None:
        super().__init__(what, retry_after=retry_after)


class EngineBusy(EngineUnavailable):
    """All engines are at capacity."""


class EngineLost(EngineUnavailable):
    """The connection to the engine was lost during the work."""


class EngineTooSlow(AldeaError):
    """The engine did not finish in time."""


class EngineRefused(AldeaError):
    """
    The engine refused the request.

    Args:
        status: The engine's HTTP status.
        message: The engine's error text.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class BadRequest(AldeaError):
    """
    The caller's parameters or JSON are invalid; the text names what.

    Args:
        field: The invalid field, if the request has several.
    """

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field

    @property
    def in_full(self) -> str:
        """The text with its field, for answers that have no place of their own for it."""
        text = str(self)
        return f"{self.field} m{text[1:]}" if self.field and text.startswith("Must ") else text


class NotAllowed(AldeaError):
    """The caller's role or scopes do not suffice."""


class Conflict(AldeaError):
    """The change contradicts the current state."""


class TooManyAttempts(AldeaError):
    """
    The caller is rate-limited.

    Args:
        retry_after: Seconds after which to try again.
    """

    def __init__(self, *, retry_after: int) -> None:
        super().__init__(f"Too many attempts: try again in {retry_after} seconds.")
        self.retry_after = retry_after


class BadAudio(AldeaError):
    """The caller's audio cannot be used."""


class UndecodableAudio(BadAudio):
    """The audio is corrupt, truncated, or in an unsupported format."""


class EmptyAudio(BadAudio):
    """The body contains no audio."""


class UploadInterrupted(BadAudio):
    """The request body ended early."""


class TooLarge(AldeaError):
    """More bytes or seconds than the org's limits allow; the text names the limit."""


class RemoteContentError(AldeaError):
    """The audio at a URL cannot be fetched; the text says why."""


class Unstorable(AldeaError):
    """A store refuses values, and always will: a text with a NUL, say. The text has none of them."""


class NotFound(AldeaError):
    """There is no such org, key or session."""


def existing(thing: _Thing | None, otherwise: str) -> _Thing:
    """
    *thing*, as a store found it.

    Raises:
        NotFound: It found None; the text is *otherwise*.
    """
    if thing is None:
        raise NotFound(otherwise)
    return thing
