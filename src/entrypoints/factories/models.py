"""Whisper models, for the commands that list, fetch and remove them."""

from adapters.whisper.hub import pull, remove
from adapters.whisper.models import BUNDLED, ON_HUB, languages_of, local_models


__all__ = ["BUNDLED", "ON_HUB", "languages_of", "local_models", "pull", "remove"]
