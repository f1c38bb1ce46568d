"""What a short-lived listening token grants."""

import re

import attrs

from aldea_core.domain.errors import BadRequest
from aldea_core.domain.ids import KeyHash


LONGEST_SECONDS = 3600
MOST_AUDIO_SECONDS = 86_400
MOST_TAGS = 5
_ORIGIN = re.compile(r"(https?)://([a-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::(\d{1,5}))?")
_DEFAULT_PORTS = {"http": "80", "https": "443"}
_TAG = re.compile(r"[A-Za-z0-9_.:-]{1,64}")


@attrs.frozen
class Grant:
    """
    A token stands for *key*, within these bounds.

    Attributes:
        id: Distinguishes the key's tokens; not a secret.
        origin: The only origin (RFC 6454) whose pages may use it; None is any, and none.
        audio_ms: Milliseconds of audio over all its sessions; None is as much as the key may.
        tags: Put on its requests, beside the key's.
    """

    key: KeyHash = attrs.field(repr=False)
    id: str = ""
    origin: str | None = None
    audio_ms: int | None = None
    tags: tuple[str, ...] = ()

    def checked(self) -> "Grant":
        """
        With its origin as browsers send it.

        Raises:
            BadRequest: A value is not allowed; the error names the field of a request.
        """
        if len(self.tags) > MOST_TAGS or not all(map(_TAG.fullmatch, self.tags)):
            raise BadRequest(
                f"Must be at most {MOST_TAGS} tags of up to 64 characters: A to Z, a to z, 0 to 9, and _ . : -",
                field="tags",
            )
        if self.audio_ms is not None and not 1000 <= self.audio_ms <= MOST_AUDIO_SECONDS * 1000:
            raise BadRequest(
                f"Must be a whole number from 1 to {MOST_AUDIO_SECONDS}.", field="audio_seconds"
            )
        origin = None if self.origin is None else origin_of(self.origin)
        return attrs.evolve(self, origin=origin)


def origin_of(text: str) -> str:
    """
    The origin in *text* as browsers send it: in small letters, without a default port.

    Raises:
        BadRequest: *text* is no origin.
    """
    found = _ORIGIN.fullmatch(text.lower())
    if found is None:
        raise BadRequest("Must be an origin, as https://app.example.com.", field="origin")
    scheme, host, port = found.groups()
    return f"{scheme}://{host}" + (f":{port}" if port and port != _DEFAULT_PORTS[scheme] else "")
