"""The parameters of a request from the playground, as its form and its address have them."""

from collections.abc import Mapping, Sequence
from typing import Self
from urllib.parse import urlencode

import attrs


SOURCES = {"microphone": "Microphone", "file": "File", "address": "Web address"}
LANGUAGES = (
    ("en", "English (en)"),
    ("es", "Spanish (es)"),
    ("pt", "Portuguese (pt)"),
    ("fr", "French (fr)"),
    ("de", "German (de)"),
    ("it", "Italian (it)"),
    ("ca", "Catalan (ca)"),
    ("eu", "Basque (eu)"),
    ("nl", "Dutch (nl)"),
    ("pl", "Polish (pl)"),
    ("ja", "Japanese (ja)"),
    ("zh", "Chinese (zh)"),
    ("multi", "Detect"),
)
TAG = "playground"
_DEFAULT_ENDPOINTING = "300"
# Name of a switch, its label, and whether it is on unless the address says otherwise.
SWITCHES = (
    ("interim_results", "Interim results", True),
    ("punctuate", "Punctuation", True),
    ("smart_format", "Smart format", True),
    ("diarize", "Separate speakers", False),
)
_LONGEST = 300


@attrs.frozen
class Options:
    """
    Attributes:
        model: A model's name; empty for the deployment's default.
        keyterms: Names and words to expect, separated by commas.
        endpointing: Milliseconds of silence that end an utterance, as text; empty for none given.
        switches: Whether each is on.
        address: Of a recording on the web.
    """

    source: str = "microphone"
    model: str = ""
    language: str = "en"
    keyterms: str = ""
    endpointing: str = _DEFAULT_ENDPOINTING
    tag: str = TAG
    switches: Mapping[str, bool] = attrs.field(
        factory=lambda: {name: on for name, _, on in SWITCHES}
    )
    address: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Self:
        """
        As the page's address says; what it says that is no value of ours is left out.

        Of several values of one name the last counts: a form sends a switch that is on as false, then on.
        """
        query = dict(query.items())

        def text(name: str, otherwise: str = "") -> str:
            return query.get(name, otherwise).strip()[:_LONGEST]

        source = text("source", "microphone")
        language = text("language", "en")
        endpointing = text("endpointing", _DEFAULT_ENDPOINTING)
        switches = {
            name: query[name] in {"on", "true"} if name in query else on for name, _, on in SWITCHES
        }
        return cls(
            source if source in SOURCES else "microphone",
            text("model"),
            language if language in dict(LANGUAGES) else "en",
            text("keyterms"),
            endpointing if endpointing.isascii() and endpointing.isdigit() else "",
            text("tag", TAG),
            switches,
            text("address"),
        )

    def of_live(self) -> str:
        """The query of a live stream, without how its audio is encoded."""
        parts = self._common()
        parts.append(("interim_results", _word(self.switches["interim_results"])))
        if self.endpointing:
            parts.append(("endpointing", self.endpointing))
        return urlencode(parts)

    def of_files(self) -> str:
        """The query of a file."""
        return urlencode(self._common())

    def link(self, **changes: str) -> str:
        """The page's query with *changes*: what differs from the defaults, so links stay short."""
        plain, these = attrs.asdict(Options()), {**attrs.asdict(self), **changes}
        switches, usual = these.pop("switches"), plain.pop("switches")
        parts = [(name, value) for name, value in these.items() if value != plain[name]]
        parts += [(name, _word(on)) for name, on in switches.items() if on != usual[name]]
        return f"?{urlencode(parts)}" if parts else ""

    def _common(self) -> list[tuple[str, str]]:
        parts: list[tuple[str, str]] = []
        if self.model:
            parts.append(("model", self.model))
        parts.append(("language", self.language))
        parts += [("keyterm", term) for term in self.terms]
        parts += [
            (name, "true")
            for name in ("punctuate", "smart_format", "diarize")
            if self.switches[name]
        ]
        if self.tag:
            parts.append(("tag", self.tag))
        return parts

    @property
    def terms(self) -> Sequence[str]:
        return [term.strip() for term in self.keyterms.split(",") if term.strip()]


def _word(on: bool) -> str:
    return "true" if on else "false"
