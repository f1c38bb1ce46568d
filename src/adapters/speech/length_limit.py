"""The error for files that are longer than their limit."""

from aldea_core.domain.errors import TooLarge


def too_long(max_seconds: float) -> TooLarge:
    return TooLarge(
        f"The audio is longer than max_file_seconds allows: {max_seconds:g} seconds.",
    )
