"""Types of text in requests. Each carries its rule, for the parser and for the documentation."""

from datetime import datetime
from typing import Annotated, TypeAlias

from msgspec import Meta

from aldea_core.domain.access import people
from aldea_core.domain.access.people import LONGEST_EMAIL
from aldea_core.domain.billing.reports import Grouping


# What each pattern accepts, in words.
IN_WORDS: dict[str, str] = {}


def whole(pattern: str, words: str) -> str:
    """
    *pattern* for all of a text. Python's `$` alone leaves out a line end that comes last; in JSON Schema,
    whose `$` does not, the rest has no effect.

    Args:
        words: What it accepts, for the error about a text that does not match.
    """
    entire = f"^{pattern}$(?!\\n)"
    IN_WORDS[entire] = words
    return entire


# No control characters: PostgreSQL stores no NUL, names need no line breaks, and marks that turn the
# direction of writing around (Unicode's technical report 36) make what follows a name look like another.
_CONTROL = r"\x00-\x1f\x7f\u2028-\u202e\u2066-\u2069"
_UNSEEN = r"\s\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2060-\u2065\u206a-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0"
_NAME = whole(
    f"[^{_CONTROL}]*[^{_UNSEEN}{_CONTROL}][^{_CONTROL}]*",
    "Must have visible characters, and no control characters.",
)
PRINTABLE = whole(f"[^{_CONTROL}]*", "Must not have control characters.")
_OPAQUE = whole(r"[A-Za-z0-9_-]+", "Must be a token as it was sent.")
ZONE_NAME = whole(
    r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*",
    "Must be a time zone of IANA's database, as Europe/Berlin.",
)
_LANGUAGE = whole(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*", "Must be a language's tag, as en or pt-BR.")
_EMAIL = whole(people.EMAIL, "Must be an e-mail address.")
_TAG = whole(r"[A-Za-z0-9_.:-]+", "Must be of letters, digits, and _ . : -")
# What OAuth's identifiers are made of (RFC 6749, appendix A).
ASCII = whole(r"[\x20-\x7e]*", "Must be of ASCII characters.")
_MODEL = whole(r"[A-Za-z0-9_.:/-]+", "Must be of letters, digits, and _ . : / -")
CURRENCY = whole("[A-Z]{3}", "Must be a code of ISO 4217, as USD.")
_GROUPINGS = "|".join(Grouping)
GROUPED_BY = whole(
    f"({_GROUPINGS})(,({_GROUPINGS}))?",
    f"Must be one of {', '.join(Grouping)}, or two of them with a comma between.",
)

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
Zone: TypeAlias = Annotated[str, Meta(max_length=64, pattern=ZONE_NAME)]
Language: TypeAlias = Annotated[str, Meta(max_length=35, pattern=_LANGUAGE)]
Tag: TypeAlias = Annotated[str, Meta(min_length=1, max_length=64, pattern=_TAG)]
ModelName: TypeAlias = Annotated[str, Meta(min_length=1, max_length=100, pattern=_MODEL)]
Text: TypeAlias = Annotated[str, Meta(max_length=200, pattern=PRINTABLE)]
ShortText: TypeAlias = Annotated[str, Meta(max_length=60, pattern=PRINTABLE)]
Cursor: TypeAlias = Annotated[
    str,
    Meta(min_length=1, max_length=400, pattern=_OPAQUE, description="`next` of the page before."),
]
Moment: TypeAlias = Annotated[datetime, Meta(tz=True)]
