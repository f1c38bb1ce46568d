"""Recordings on this machine, for the command that sends one at the pace of speech."""

from adapters.speech.decoding import duration_of


__all__ = ["duration_of"]
