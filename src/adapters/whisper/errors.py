"""What is wrong with a Whisper model."""

from aldea_core.domain.errors import AldeaError


class CannotLoadModel(AldeaError):
    """The extra `whisper` is not installed, or the directory holds no model."""
