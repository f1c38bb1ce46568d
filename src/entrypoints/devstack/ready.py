"""What `aldea up` says once it serves, and what it leaves for the next start and other commands."""

import json
import os

from pathlib import Path

import attrs

from aldea_core.domain.access.keys import KeySecret


FILE = "ready.json"


@attrs.frozen
class Ready:
    """
    What whoever started it wants to know.

    Attributes:
        more: What there is beside the API, by name; some of it is secret.
    """

    api_url: str
    org_id: str
    api_key: KeySecret
    more: dict[str, str] = attrs.field(factory=dict, repr=False)

    def document(self) -> dict[str, str]:
        """As JSON, for programs. The key is in it."""
        return {
            "api": self.api_url,
            "org_id": self.org_id,
            "api_key": self.api_key.reveal(),
            **self.more,
        }


def newest(file: Path) -> Path:
    """*file*, or what `aldea up --full` wrote beside it later than that."""
    other = file.parent / "full" / file.name
    return max((file, other), key=lambda path: path.stat().st_mtime if path.exists() else 0)


def write_private(path: Path, document: dict[str, str]) -> None:
    """
    Writes JSON that only its owner may read, all at once.

    Raises:
        OSError: It cannot be written. The file is named, which a full disk does not do by itself.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(document) + "\n")
        draft.replace(path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
