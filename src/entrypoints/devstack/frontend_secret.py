"""The secret of browsers' sessions, kept so that people stay signed in over a restart."""

import secrets

from pathlib import Path

from entrypoints.configuration.values import SECRET_BYTES


_FILE = "frontend-secret"


def kept_secret(folder: Path) -> str:
    """
    The secret in *folder*, made at the first start. Only its owner can read it.

    Raises:
        OSError: It cannot be written.
    """
    file = folder / _FILE
    try:
        kept = file.read_text().strip()
    except FileNotFoundError:
        kept = ""
    if len(kept) < SECRET_BYTES:
        kept = secrets.token_urlsafe(SECRET_BYTES)
        file.touch(mode=0o600)
        file.write_text(f"{kept}\n")
    return kept
