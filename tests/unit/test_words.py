"""The project speaks the field's words: words of its own that were replaced do not come back."""

import re

from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest


ROOT = Path(__file__).parents[2]
SCANNED = ("src", "tests", "docs", "benchmarks")
ENDINGS = {".py", ".md", ".jinja", ".html", ".lua"}
# Not scanned, each with its reason.
LEFT_OUT = {
    "tests/unit/test_words.py": "the table itself",
    "docs/glossary.md": "its last table has the old names beside the new ones",
    "src/adapters/postgres/migrations/versions": "history: databases have these names",
}

# By the word to use instead: patterns of replaced words, in a line as `words_in` gives it.
BANNED = {
    "handler or endpoint": r"doors?",
    "`Authenticator`, `Authorizer`": r"doorkeepers?",
    "fast path, fallback": r"roads?",
    "pipelined connection": r"lanes?",
    "flow control": r"brakes?",
    "acknowledged, sent, reported": r"told",
    "report, log, send": r"tell(s|ing|er)?",
    "timer wheel": r"(turns?|ticks?) (of )?the wheel|the wheel (turns?|ticks?)",
    "`TranscriptionOptions`, `LiveOptions`, `FileOptions`": r"(live|file) listening",
    "`PoolMember`": r"class pooled",
    "entitlements": r"standings?",
    "orphan": r"strays?|surplus",
    "the caller, outsider, unauthenticated": r"strangers?",
    "invalidation listener": r"hearsay",
    "invalidate": r"mistrust\w*",
    "renew soon; forced": r"hurr(y|ies|ied)",
    "invalidation": r"announce\w*",
    "tombstone": r"grave(stone)?s?",
    "keystore snapshot": r"holdings?",
    "recogniser, recogniser channel": r"ears?|deaf",
    "recognised, received": r"hear[ds]?",
    "email": r"letters?",
    "templates": r"stationery",
    "one-time token": r"errands?",
    "transaction": r"class together",
    "`idempotency_store`": r"answers: idempotency",
    "`attempt_limiter`": r"attempts: attempt limiter",
    "`org_search`": r"directory: org search",
    "resource": r"topics?",
    "sub-API": r"neighbou?rs?",
    "invoice view": r"papers?",
    "container, services": r"offices?",
    "factories": r"makers?",
    "randomness": r"chances?",
    "work": r"deeds?|heeds?",
    "options": r"wish(es)?",
    "on_spawn": r"born",
    "tune": r"calm\w*",
    "its subject's name": r"whoever|somebody",
    "its subject's name; a no-op": r"nobody",
}


@attrs.frozen
class Allowed:
    """
    Attributes:
        file: A pattern of paths.
        line: A pattern of lines, or of their part that may stay.
    """

    why: str
    file: str
    line: str


EXCEPTIONS = [
    Allowed("SQS's term", "", r"(?i)dead.?letters?"),
    Allowed("a setting and its folder, which others rely on", "", r"(?i)letters_(dir|from)"),
    Allowed("the folder of the data folder", "", r"[\"'/`]letters[\"'/`]"),
    Allowed("events that dashboards may look for", "", r"\"letters? (not|go) \w+\""),
    Allowed("an event that dashboards may look for", "", "this engine serves whoever reaches it"),
    Allowed("names of counters in the database", "", r"\"[a-z-]+-(letters|strangers)[a-z-]*\""),
    Allowed("letters of an alphabet", "", r"(?i)\bletters? (and|of a name|or digits|from)\b"),
    Allowed(
        "letters of an alphabet",
        "",
        r"(small|other|first|without|half a|every|its_first)[ _]letters?",
    ),
    Allowed("letters of an alphabet", "", r"(Must be of|Greek and Cyrillic) letters"),
    Allowed("letters of an alphabet", "docs/", r"[Ll]etters that (join|neither)"),
    Allowed("letters of an alphabet", "whisper", r"letters?"),
    Allowed("half a request", "test_connections", r"a letter"),
    Allowed("a fragment of one letter", "test_rfc6455", r"letter in two fragments"),
    Allowed("a value of the API", "test_form", r"\"letter\""),
    Allowed("a metric and its label, which others rely on", "", r"_surplus_|\bsurplus\b"),
    Allowed("a table, which others rely on", "tables/people", r"\"errands\""),
    Allowed(
        "triggers and functions in databases",
        "",
        r"(event}|update|insert|delete|changes)_told|announce_orgs|_ANNOUNCE",
    ),
    Allowed("a parameter of Deepgram's API", "", r"\"topics\""),
    Allowed(
        "a kind of actor in the API and the database; a user of Unix", "", r"\bNOBODY\b|\"nobody\""
    ),
    Allowed("a method of files", "", r"\.tell\(\)"),
    Allowed("says what a person did", "domain/access/emails", r"Somebody, probably you"),
    Allowed("a person's name, an owner of models", "tests/", r"Somebody\"|somebody/|somebody else"),
    Allowed("an address that has no account", "tests/", r"nobody@|nobody\.wav|Nobody knows"),
    Allowed("what was said in a test", "test_subtitles", r"neighbours"),
    Allowed("English, no callback", r"tests/|docs/", r"\b[Nn]obody (calls|believes|answers|made)"),
    Allowed("English", "tests/|docs/", r"that somebody made|Tell the org"),
]


def words_in(line: str) -> str:
    """*line* in lower case, with the words of identifiers apart: `LiveDoor` as `live door`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|_", " ", line).lower()


def files() -> Iterator[Path]:
    for folder in SCANNED:
        for path in sorted((ROOT / folder).rglob("*")):
            name = path.relative_to(ROOT).as_posix()
            if path.suffix in ENDINGS and not name.startswith(tuple(LEFT_OUT)):
                yield path
    yield from sorted(ROOT.glob("*.md"))


def lines() -> Iterator[tuple[str, str]]:
    """Where each line is, and its text, if it may have such a word; the first is the file's name."""
    for path in files():
        name = path.relative_to(ROOT).as_posix()
        yield name, name.rsplit(".", 1)[0]
        text = path.read_text()
        for number, (line, words) in enumerate(
            zip(text.splitlines(), words_in(text).splitlines(), strict=True), 1
        ):
            if ANY.search(words):
                yield f"{name}:{number}", line


# Without word boundaries, which would make it slow; `found` looks again.
ANY = re.compile("|".join(BANNED.values()))


def found(where: str, line: str, used: set[Allowed]) -> Iterator[str]:
    """What is wrong with *line*; adds the exceptions that it needs to *used*."""
    for each in EXCEPTIONS:
        if re.search(each.file, where):
            line, count = re.subn(each.line, "", line)
            if count:
                used.add(each)
    for instead, pattern in BANNED.items():
        if match := re.search(rf"\b({pattern})\b", words_in(line)):
            yield f"{where}: {match.group()!r}: say {instead}: {line.strip()[:100]}"


def test_replaced_words_do_not_come_back():
    """
    In names, prose, texts and names of files. Every exception is needed.
    """
    used: set[Allowed] = set()
    wrong = [each for where, line in lines() for each in found(where, line, used)]

    assert not wrong, "\n".join(wrong)
    assert not [each for each in EXCEPTIONS if each not in used]


@pytest.mark.parametrize(
    "line",
    [
        "class LiveDoor:",
        "ERRANDS_KEPT = 20",
        "    is_told: bool = False",
        "# Whoever sends it has no lease yet.",
        "The short road reads usual requests.",
        "src/adapters/redis/lane",
    ],
)
def test_old_words_are_found(line):
    assert list(found("src/x.py:1", line, set()))


@pytest.mark.parametrize(
    "line", ["class LiveEndpoint:", "The dead-letter queue", "an abroad wheel"]
)
def test_other_words_are_not_found(line):
    assert not list(found("src/x.py:1", line, set()))
