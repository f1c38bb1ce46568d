"""
Parses bodies and queries into the types that routes name.

Each field is parsed on its own, so that one response names all fields that are wrong.
"""

import ast
import enum
import re

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar, get_args, get_origin

import msgspec

from entrypoints.backend.pipeline.problems import FieldError, ProblemError, ProblemKind, invalid
from entrypoints.backend.pipeline.routes import Wanted
from entrypoints.backend.pipeline.texts import IN_WORDS


JSON = "application/json"

_Wanted = TypeVar("_Wanted", bound=Wanted)


def read_body(kind: type[_Wanted], body: bytes, content_type: str) -> _Wanted:
    """
    Raises:
        ProblemError: The body is no JSON, or does not match *kind*.
    """
    if content_type != JSON:
        raise ProblemError(ProblemKind.NOT_JSON)
    try:
        values = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise ProblemError(ProblemKind.BAD_REQUEST, "The body is no JSON.") from None
    if not isinstance(values, dict):
        raise invalid("body", "Must be a JSON object.")
    return _read(kind, values, strict=True)


def read_query(kind: type[_Wanted], query: Mapping[str, list[str]]) -> _Wanted:
    """
    Raises:
        ProblemError: The query does not match *kind*.
    """
    several = [name for name, texts in query.items() if len(texts) > 1]
    if several:
        raise ProblemError(
            ProblemKind.INVALID, errors=[FieldError(name, "Comes twice.") for name in several]
        )
    return _read(kind, {name: texts[0] for name, texts in query.items()}, strict=False)


def _read(kind: type[_Wanted], values: Mapping[str, Any], *, strict: bool) -> _Wanted:
    parsed: dict[str, Any] = {}
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    unknown = values.keys() - fields.keys()
    errors = [FieldError(_shown(name), "Is not known here.") for name in unknown]
    for name, field in fields.items():
        if name not in values:
            if field.required:
                errors.append(FieldError(name, "Is missing."))
            continue
        try:
            exact = strict or _is_time(field.type)  # msgspec would take a number for a time
            value = msgspec.convert(values[name], field.type, strict=exact)
            if value is None and not strict:  # msgspec takes the text "null" for it
                raise invalid(name, "Leave it out, or give it a value.")
            parsed[field.name] = in_utc(value, name) if isinstance(value, datetime) else value
        except ProblemError as error:
            errors += error.errors
        except msgspec.ValidationError as error:
            errors.append(_error(name, str(error), field.type))
    if errors:
        raise ProblemError(
            ProblemKind.INVALID, errors=sorted(errors, key=lambda error: error.field)
        )
    return kind(**parsed)


def in_utc(at: datetime, name: str) -> datetime:
    """
    *at* in UTC, within the years that databases and Python can represent.

    Raises:
        ProblemError: It is outside the years 1 to 9999.
    """
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise invalid(name, "Must be a time from the year 1 to 9999, in UTC too.") from None


def _is_time(kind: Any) -> bool:
    return kind is datetime or any(_is_time(part) for part in get_args(kind))


_WHERE = re.compile(r" - at `(?:key in )?\$(.*)`$")
# Types: msgspec's names and ours.
_TYPES = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "datetime": "a time",
}
_TYPE = re.compile(rf"\b({'|'.join(_TYPES)})\b")
_FIELD_WITHIN = re.compile(r"Object (contains unknown|missing required) field `(.*)`", re.DOTALL)
_PATTERN = re.compile("matching regex (.*)")  # as a literal of Python
_BOUND = re.compile(r"( of length)? (>=|<=) (-?[0-9.]+)")


def _error(name: str, message: str, kind: Any) -> FieldError:
    """A field error in plain words, from msgspec's error about a field of type *kind*."""
    where = _WHERE.search(message)
    place = name + (where[1].replace("[...]", "") if where else "")
    if within := _FIELD_WITHIN.match(message):
        is_unknown = within[1] == "contains unknown"
        what = "Is not known here." if is_unknown else "Is missing."
        return FieldError(_shown(f"{place}.{within[2]}"), what)
    message = _WHERE.sub("", message)
    if pattern := _PATTERN.search(message):
        return FieldError(place, IN_WORDS[ast.literal_eval(pattern[1])])
    message = message.replace("`", "")
    if "RFC3339" in message or "timezone" in message:
        return FieldError(place, "Must be a time with its zone, as 2026-01-31T12:00:00Z.")
    if "Invalid enum value" in message and (allowed := _allowed(kind)):
        return FieldError(place, f"Must be one of {', '.join(allowed)}.")
    message = re.sub(r"^Expected\b", "Must be", message).replace(" | ", " or ")
    message = _BOUND.sub(_bound_in_words, message)
    return FieldError(place, _TYPE.sub(lambda found: _TYPES[found[1]], message) + ".")


def _bound_in_words(bound: re.Match[str]) -> str:
    """For `>= 1`: `1 or more`, after a comma if it bounds the value itself."""
    length, sign, number = bound.groups()
    return f"{length or ','} {number} or {'more' if sign == '>=' else 'less'}"


def _allowed(kind: Any) -> list[str]:
    """The values of the enumerations or literals within *kind*."""
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return [str(member.value) for member in kind]
    if get_origin(kind) is Literal:
        return [str(value) for value in get_args(kind)]
    return [value for part in get_args(kind) for value in _allowed(part)]


def _shown(name: str) -> str:
    """A field name from the client, shortened and made safe to repeat."""
    return name[:60].encode("ascii", "backslashreplace").decode()
