"""
Addresses and credentials of a running `aldea up`, written to a file for the next start and other
commands.
"""

import json
import os

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from aldea_core.domain.access.keys import KeySecret


FILE = "ready.json"


@attrs.frozen
class Ready:
    """
    What callers of `aldea up` need to connect.

    Attributes:
        more: Further addresses and credentials by name; some are secret.
    """

    api_url: str
    org_id: str
    api_key: KeySecret
    more: dict[str, str] = attrs.field(factory=dict, repr=False)

    def document(self) -> dict[str, str]:
        """As JSON, for programs. It contains the key."""
        return {
            "api": self.api_url,
            "org_id": self.org_id,
            "api_key": self.api_key.reveal(),
            **self.more,
        }


def read_ready(file: Path) -> dict[str, str]:
    """`Ready.document` of the last `aldea up`: in *file*, or as `--full` wrote it; empty if none."""
    files = (file, file.parent / "full" / file.name)
    last = max(files, key=lambda path: path.stat().st_mtime if path.exists() else 0)
    try:
        document = json.loads(last.read_text())
    except (OSError, ValueError):
        return {}
    if not isinstance(document, dict):
        return {}
    return {name: text for name, text in document.items() if isinstance(text, str)}


def write_private(path: Path, document: Mapping[str, Any]) -> None:
    """
    Writes JSON atomically, readable by its owner only.

    Raises:
        OSError: It cannot be written. The error names the file, even when the disk is full.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(document) + "\n")
        draft.replace(path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
