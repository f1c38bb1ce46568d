"""Types of text in requests. Each carries its rule, for the parser and for the documentation."""

from datetime import datetime
from typing import Annotated, TypeAlias

from msgspec import Meta

from aldea_core.domain.access import people
from aldea_core.domain.access.people import LONGEST_EMAIL
from aldea_core.domain.billing.reports import Grouping


def whole(pattern: str) -> str:
    """
    *pattern* for all of a text. Python's `$` alone leaves out a line end that comes last; in JSON Schema,
    whose `$` does not, the rest has no effect.
    """
    return f"^{pattern}$(?!\\n)"


# No control characters: PostgreSQL stores no NUL, and names need no line breaks.
_PRINTABLE = whole(r"[^\x00-\x1f\x7f]*")
_NAME = whole(r"[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*")
_OPAQUE = whole(r"[A-Za-z0-9_-]+")
_ZONE = whole(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*")
_LANGUAGE = whole(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
_EMAIL = whole(people.EMAIL)
_TAG = whole(r"[A-Za-z0-9_.:-]+")
# What OAuth's identifiers are made of (RFC 6749, appendix A).
ASCII = whole(r"[\x20-\x7e]*")
_MODEL = whole(r"[A-Za-z0-9_.:/-]+")
_GROUPINGS = "|".join(Grouping)
GROUPED_BY = whole(f"({_GROUPINGS})(,({_GROUPINGS}))?")

# What each pattern accepts, in words.
IN_WORDS = {
    GROUPED_BY: f"Must be one of {', '.join(Grouping)}, or two of them with a comma between.",
    _PRINTABLE: "Must not have control characters.",
    _NAME: "Must have visible characters, and no control characters.",
    _EMAIL: "Must be an e-mail address.",
    _OPAQUE: "Must be a token as it was sent.",
    ASCII: "Must be of ASCII characters.",
    _ZONE: "Must be a time zone of IANA's database, as Europe/Berlin.",
    _LANGUAGE: "Must be a language's tag, as en or pt-BR.",
    _TAG: "Must be of letters, digits, and _ . : -",
    _MODEL: "Must be of letters, digits, and _ . : / -",
}

Name: TypeAlias = Annotated[str, Meta(min_length=1, max_length=200, pattern=_NAME)]
Email: TypeAlias = Annotated[
    str,
    Meta(max_length=LONGEST_EMAIL, pattern=_EMAIL, description="Compared without regard to case."),
]
# Length only, no composition rules (NIST SP 800-63B asks for 8 and more).
NewPassword: TypeAlias = Annotated[
    str,
    Meta(min_length=12, max_length=200, description="Any 12 characters or more."),
]
Password: TypeAlias = Annotated[str, Meta(min_length=1, max_length=200)]
TokenText: TypeAlias = Annotated[str, Meta(min_length=1, max_length=100, pattern=_OPAQUE)]
Zone: TypeAlias = Annotated[str, Meta(max_length=64, pattern=_ZONE)]
Language: TypeAlias = Annotated[str, Meta(max_length=35, pattern=_LANGUAGE)]
Tag: TypeAlias = Annotated[str, Meta(min_length=1, max_length=64, pattern=_TAG)]
ModelName: TypeAlias = Annotated[str, Meta(min_length=1, max_length=100, pattern=_MODEL)]
Text: TypeAlias = Annotated[str, Meta(max_length=200, pattern=_PRINTABLE)]
ShortText: TypeAlias = Annotated[str, Meta(max_length=60, pattern=_PRINTABLE)]
Cursor: TypeAlias = Annotated[
    str,
    Meta(min_length=1, max_length=400, pattern=_OPAQUE, description="`next` of the page before."),
]
Moment: TypeAlias = Annotated[datetime, Meta(tz=True)]
