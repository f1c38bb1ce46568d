"""Makes data folders."""

import os

from collections.abc import Sequence
from pathlib import Path

from adapters.system.private import private_folder
from entrypoints.settings import SettingsError


__all__ = ["private_folder", "writable_folder"]


def writable_folder(text: str, setting: str, *, ours: Sequence[str]) -> Path:
    """
    The folder that *setting* names, which is made if it is missing.

    Args:
        ours: See `private_folder`.

    Raises:
        SettingsError: Nothing can be written there, which would else be known when it is needed.
    """
    folder, why = Path(text), "permission denied"
    try:
        private_folder(folder, ours=ours)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
    else:
        if os.access(folder, os.W_OK | os.X_OK):
            return folder
    raise SettingsError(f"{setting} takes a folder that can be written; {folder}: {why}")
