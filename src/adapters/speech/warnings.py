"""What the bundled engines say of requested options that they ignore."""

from aldea_core.domain.transcripts.options import LiveOptions, TranscriptionOptions
from aldea_core.domain.transcripts.redaction import beyond_numbers
from aldea_core.domain.transcripts.unsupported import unsupported


_IGNORED = frozenset({"diarize", "keyterm", "keywords", "detect_language"})
_IGNORED_LIVE = _IGNORED | {"search"}


def warnings_of(options: TranscriptionOptions) -> tuple[str, ...]:
    """Warnings about requested options that this engine does not support."""
    ignored = _IGNORED_LIVE if isinstance(options, LiveOptions) else _IGNORED
    hidden_in_part = (
        f"redact={kind} hides numbers only: this engine knows no names."
        for kind in beyond_numbers(options.redact)
    )
    return (*unsupported(options, ignored), *hidden_in_part)
