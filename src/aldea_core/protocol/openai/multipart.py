"""
Reads `multipart/form-data` (RFC 7578) while it arrives, without I/O.

The part named `file` is returned in pieces and never kept; every other part is a short field.
"""

import enum
import re

import attrs

from aldea_core.domain.errors import BadRequest


FORM = "multipart/form-data"
FILE = "file"
_LONGEST_HEADERS = 8 * 1024
_LONGEST_FIELD = 64 * 1024
_MOST_PARTS = 100
_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]")
_IN_HEADER = re.compile(r';\s*boundary=(?:"([^"]+)"|([^\s;"]+))', re.IGNORECASE)
# One after the other, since the quoted name of a file may look like further parameters.
_PARAMETER = re.compile(r';\s*([^\s;="]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))')


@attrs.frozen
class Field:
    """A field of the form and its value."""

    name: str
    value: str = attrs.field(repr=False)


class _State(enum.Enum):
    BEFORE = enum.auto()
    DELIMITER = enum.auto()
    HEADERS = enum.auto()
    BODY = enum.auto()
    AFTER = enum.auto()


def boundary_of(content_type: str | None) -> str:
    """
    The boundary that the header `Content-Type` names.

    Raises:
        BadRequest: It is no multipart form.
    """
    media, _, parameters = (content_type or "").partition(";")
    found = _IN_HEADER.search(";" + parameters)
    if media.strip().lower() != FORM or found is None:
        raise BadRequest(f"The body must be a form ({FORM}, with its boundary).")
    boundary = found.group(1) or found.group(2)
    if not _BOUNDARY.fullmatch(boundary):
        raise BadRequest("The boundary of the form is malformed.")
    return boundary


class FormReader:
    """
    Args:
        boundary: From `boundary_of`.

    Attributes:
        has_file: Whether the part `file` has begun.
    """

    def __init__(self, boundary: str) -> None:
        self.has_file = False
        self._delimiter = b"\r\n--" + boundary.encode("ascii")
        self._rest = bytearray(b"\r\n")  # so that the first delimiter is like the others
        self._state = _State.BEFORE
        self._name = ""
        self._value = bytearray()
        self._parts = 0

    def feed(self, data: bytes) -> list[Field | bytes]:
        """
        The fields that are complete, and pieces of the file.

        Raises:
            BadRequest: The form is malformed, or has a second file.
        """
        self._rest += data
        found: list[Field | bytes] = []
        while self._step(found):
            pass
        return found

    def finish(self) -> None:
        """
        The body has ended.

        Raises:
            BadRequest: The form has not, or it has no file.
        """
        if self._state is not _State.AFTER:
            raise BadRequest("The form ends before its closing boundary.")
        if not self.has_file:
            raise BadRequest("The form must have a file.", field=FILE)

    def _step(self, found: list[Field | bytes]) -> bool:
        """Takes the next piece; False if more bytes are needed."""
        match self._state:
            case _State.BEFORE | _State.BODY:
                return self._up_to_delimiter(found)
            case _State.DELIMITER:
                return self._after_delimiter()
            case _State.HEADERS:
                return self._headers()
            case _:  # after the form
                self._rest.clear()
                return False

    def _up_to_delimiter(self, found: list[Field | bytes]) -> bool:
        at = self._rest.find(self._delimiter)
        size = at if at >= 0 else len(self._rest) - len(self._delimiter) + 1
        if size > 0 and self._state is _State.BODY:
            self._take(bytes(self._rest[:size]), found)
        if at < 0:
            del self._rest[: max(0, size)]
            return False
        del self._rest[: at + len(self._delimiter)]
        if self._state is _State.BODY and self._name != FILE:
            found.append(Field(self._name, _text(self._name, bytes(self._value))))
        self._state = _State.DELIMITER
        return True

    def _take(self, piece: bytes, found: list[Field | bytes]) -> None:
        if self._name == FILE:
            found.append(piece)
            return
        self._value += piece
        if len(self._value) > _LONGEST_FIELD:
            raise BadRequest(
                f"The field {self._name[:80]} is longer than {_LONGEST_FIELD} bytes.",
                field=self._name[:80],
            )

    def _after_delimiter(self) -> bool:
        if self._rest.startswith(b"--"):
            self._state = _State.AFTER
            return True
        end = self._rest.find(b"\r\n")
        if end < 0:
            if len(self._rest) > _LONGEST_HEADERS:
                raise _malformed()
            return False
        if self._rest[:end].strip(b" \t"):
            raise _malformed()
        del self._rest[:end]  # the line end begins the headers
        self._state = _State.HEADERS
        return True

    def _headers(self) -> bool:
        end = self._rest.find(b"\r\n\r\n")
        if end > _LONGEST_HEADERS or (end < 0 and len(self._rest) > _LONGEST_HEADERS):
            raise _malformed()
        if end < 0:
            return False
        self._name = _name_in(self._rest[:end].decode("utf-8", "replace"))
        del self._rest[: end + 4]
        self._begin_part()
        return True

    def _begin_part(self) -> None:
        self._parts += 1
        if self._parts > _MOST_PARTS:
            raise BadRequest(f"The form has more than {_MOST_PARTS} parts.")
        if self._name == FILE:
            if self.has_file:
                raise BadRequest("The form must have one file.", field=FILE)
            self.has_file = True
        self._value.clear()
        self._state = _State.BODY


def _name_in(lines: str) -> str:
    for line in lines.split("\r\n"):
        kind, _, value = line.partition(":")
        if kind.strip().lower() == "content-disposition":
            names = [
                quoted or plain
                for parameter, quoted, plain in _PARAMETER.findall(value)
                if parameter.lower() == "name"
            ]
            if names and value.strip().lower().startswith("form-data"):
                return re.sub(r"\\(.)", r"\1", names[0])
    raise BadRequest("A part of the form has no name.")


def _text(name: str, value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise BadRequest(f"The field {name[:80]} is not UTF-8.", field=name[:80]) from None


def _malformed() -> BadRequest:
    return BadRequest("The form is malformed.")
