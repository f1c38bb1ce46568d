"""What the bundled engines say of requested options that they ignore."""

from aldea_core.domain.transcripts.options import LiveOptions, TranscriptionOptions
from aldea_core.domain.transcripts.redaction import beyond_numbers
from aldea_core.domain.transcripts.unsupported import unsupported


def warnings_of(options: TranscriptionOptions, ignored: frozenset[str]) -> tuple[str, ...]:
    """
    Warnings about requested options that have no effect, or not all of it.

    Args:
        ignored: Those that the recogniser ignores.
    """
    if isinstance(options, LiveOptions):
        ignored |= {"search"}
    hidden_in_part = (
        f"redact={kind} hides numbers only: this engine knows no names."
        for kind in beyond_numbers(options.redact)
    )
    return (*unsupported(options, ignored), *hidden_in_part)
