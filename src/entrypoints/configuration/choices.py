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


class Device(enum.StrEnum):
    """Where Whisper runs."""

    CPU = "cpu"
    CUDA = "cuda"
    AUTO = "auto"


class LogLevel(enum.StrEnum):
    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
