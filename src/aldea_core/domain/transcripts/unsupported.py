"""Which requested options an engine ignores: they are reported, never dropped in silence."""

from collections.abc import Collection

import attrs

from aldea_core.domain.transcripts.options import TranscriptionOptions


# Values by which nothing is requested; clients send them as their defaults.
_NOT_REQUESTED = {"", "false", "0"}


def unsupported(
    options: TranscriptionOptions,
    ignored: Collection[str],
    understood: Collection[str] = (),
) -> tuple[str, ...]:
    """
    Warnings about requested options.

    Args:
        ignored: Fields of options that the engine ignores.
        understood: Names of forwarded parameters that it does not ignore.
    """
    fields = (field for field in attrs.fields(type(options)) if field.name in ignored)
    names = [field.name for field in fields if getattr(options, field.name) != field.default]
    names += [
        name
        for name, value in options.forwarded
        if name not in understood and value.lower() not in _NOT_REQUESTED
    ]
    return tuple(f"{name[:80]} is not supported by this engine." for name in dict.fromkeys(names))
