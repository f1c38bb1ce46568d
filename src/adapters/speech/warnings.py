"""What the bundled engines say of requested options that they ignore."""

from collections.abc import Iterator

from aldea_core.domain.transcripts.options import LiveOptions, TranscriptionOptions
from aldea_core.domain.transcripts.redaction import beyond_numbers
from aldea_core.domain.transcripts.unsupported import unsupported


_ENGLISH = {"en", "auto"}


def warnings_of(
    options: TranscriptionOptions,
    ignored: frozenset[str],
    languages: frozenset[str] = frozenset(),
) -> tuple[str, ...]:
    """
    Warnings about requested options that have no effect, or not all of it.

    Args:
        ignored: Those that the recogniser ignores.
        languages: Those that it knows; all, if empty.
    """
    if isinstance(options, LiveOptions):
        ignored |= {"search"}
    hidden_in_part = (
        f"redact={kind} hides numbers only: this engine knows no names."
        for kind in beyond_numbers(options.redact)
    )
    return (*unsupported(options, ignored), *hidden_in_part, *_number_words(options, languages))


def _number_words(options: TranscriptionOptions, languages: frozenset[str]) -> Iterator[str]:
    is_english = options.named_language.partition("-")[0].lower() == "en"
    if options.redact and not is_english and not (languages and languages <= _ENGLISH):
        yield "redact hides digits, and number words of English alone."
