"""Messages between the pool and its workers, over pipes that no other process has."""

import pickle
import struct

from collections.abc import Mapping
from typing import Any

import attrs

from aldea_core.domain.transcripts.options import FileOptions, LiveOptions


_LENGTH = struct.Struct("<I")
LENGTH_BYTES = _LENGTH.size


@attrs.frozen
class Ready:
    """
    The worker has loaded its model.

    Attributes:
        capacity: Sessions it keeps pace with; None if not measured.
        languages: Languages it recognises; all, if empty.
        device: What it computes on: `cpu` or `cuda`.
    """

    capacity: int | None
    languages: frozenset[str]
    device: str = "cpu"


@attrs.frozen
class OpenLive:
    options: LiveOptions


@attrs.frozen
class OpenFile:
    options: FileOptions
    max_seconds: float


@attrs.frozen
class Audio:
    data: bytes = attrs.field(repr=False)


@attrs.frozen
class Finalize:
    """Finalizes one channel, or all channels if None."""

    channel: int | None = None


@attrs.frozen
class Configure:
    options: LiveOptions


@attrs.frozen
class Finish:
    pass


@attrs.frozen
class Drop:
    pass


@attrs.frozen
class Took:
    """*size* bytes of audio were recognised: more may be sent."""

    size: int


@attrs.frozen
class Measure:
    pass


@attrs.frozen
class Measured:
    """What the recogniser measured of its work so far."""

    values: Mapping[str, float]


@attrs.frozen
class Failed:
    error: Exception


@attrs.frozen
class NoRoom:
    """The machine lacks a resource for this job. The client may retry."""

    what: str
    retry_after: float


def packed(job: int, message: Any) -> bytes:
    body = pickle.dumps((job, message), pickle.HIGHEST_PROTOCOL)
    return _LENGTH.pack(len(body)) + body


def length_of(head: bytes) -> int:
    length: int = _LENGTH.unpack(head)[0]
    return length


def unpacked(body: bytes) -> tuple[int, Any]:
    job, message = pickle.loads(body)  # noqa: S301 (written by Aldea's own process)
    return job, message
