"""Settings that are one of a few values."""

import enum


class Environment(enum.StrEnum):
    LOCAL = "local"
    DEV = "dev"
    STAGING = "staging"
    PRODUCTION = "production"


class BundledEngine(enum.StrEnum):
    """AUTO is Whisper where it can run, else PocketSphinx."""

    AUTO = "auto"
    WHISPER = "whisper"
    POCKETSPHINX = "pocketsphinx"
    MEMORY = "memory"
