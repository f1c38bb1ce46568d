"""
What can go wrong that is nobody's decision.

A foreseeable "no" is a value (`limits.Refused`, `keys.Unknown`); these are raised for the rest::

    AldeaError
    ├── Unavailable              something we depend on does not answer
    │   └── EngineUnavailable    no engine can take this now
    │       ├── EngineBusy       all are full
    │       └── EngineLost       it went away in the middle
    ├── EngineTooSlow            it had its time
    ├── EngineRefused            it answered, and the answer is no
    ├── BadRequest               the caller's words are off
    ├── NotAllowed               the caller's role or scopes do not go that far
    ├── Conflict                 it does not fit with how things are
    ├── TooManyAttempts          the caller must wait
    ├── BadAudio                 the caller's audio is off
    │   ├── UndecodableAudio
    │   ├── EmptyAudio
    │   └── UploadInterrupted
    ├── TooLarge                 more bytes or seconds than allowed
    ├── SessionEnded             a file was ended before its answer
    ├── RemoteContentError       the URL we were to fetch
    └── NotFound                 no such org, key, session
"""

from aldea_core.domain.live.endings import Ending


class AldeaError(Exception):
    """The root of all; its text may be shown to callers and never holds a secret."""


class Unavailable(AldeaError):
    """
    Something we depend on does not answer.

    Args:
        what: Its role, as an operator knows it ("redis", "postgres", "engine").
        retry_after: Seconds after which to try again.
        why: What it said, or how it kept silent: for operators, not for callers, and without
            secrets or anybody's data. Empty if nothing is known.
    """

    def __init__(self, what: str, *, retry_after: float = 5, why: str = "") -> None:
        super().__init__(f"The {what} is unavailable")
        self.what = what
        self.retry_after = retry_after
        self.why = " ".join(why.split()).rstrip(".")

    @property
    def in_full(self) -> str:
        """In words for operators."""
        return f"{self}: {self.why}" if self.why else str(self)


class EngineUnavailable(Unavailable):
    """No engine can take this now."""

    def __init__(self, what: str = "speech engine", *, retry_after: float = 5) -> None:
        super().__init__(what, retry_after=retry_after)


class EngineBusy(EngineUnavailable):
    """Engines are there, and all of them are full."""


class EngineLost(EngineUnavailable):
    """The engine went away in the middle of its work."""


class EngineTooSlow(AldeaError):
    """The engine did not answer within its time."""


class EngineRefused(AldeaError):
    """
    The engine understood and said no.

    Args:
        status: The HTTP status it gave.
        message: Its words.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class BadRequest(AldeaError):
    """
    The caller's parameters or JSON make no sense; the text names what.

    Args:
        field: The one it is about, where there are several.
    """

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class NotAllowed(AldeaError):
    """The caller's role or scopes do not go that far."""


class Conflict(AldeaError):
    """The change does not fit with how things are."""


class TooManyAttempts(AldeaError):
    """
    Something was tried too often.

    Args:
        retry_after: Seconds after which to try again.
    """

    def __init__(self, *, retry_after: int) -> None:
        super().__init__(f"Too many attempts: try again in {retry_after} seconds.")
        self.retry_after = retry_after


class BadAudio(AldeaError):
    """The caller's audio cannot be used."""


class UndecodableAudio(BadAudio):
    """Corrupt, truncated beyond use, or of a kind we do not read."""


class EmptyAudio(BadAudio):
    """There is no audio in it."""


class UploadInterrupted(BadAudio):
    """The body ended before it was complete."""


class TooLarge(AldeaError):
    """More bytes or seconds than the org may send at once; the text names the limit."""


class SessionEnded(AldeaError):
    """
    A file in work was ended before its answer.

    Args:
        ending: Why; as for a live stream.
    """

    def __init__(self, ending: Ending) -> None:
        super().__init__(f"The request was ended: {ending.value}")
        self.ending = ending


class RemoteContentError(AldeaError):
    """The audio behind a URL could not be fetched; the text says why."""


class NotFound(AldeaError):
    """There is no such org, key or session."""
