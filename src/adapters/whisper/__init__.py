"""Whisper by faster-whisper (the extra `whisper`), with weights from a directory."""
