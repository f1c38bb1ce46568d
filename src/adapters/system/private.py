"""
Folders that only their owner can enter.

Files that services create in them are private by their umask (`entrypoints.cli`).
"""

import os
import stat

from collections.abc import Sequence
from pathlib import Path, PurePath


_OTHERS = stat.S_IRWXG | stat.S_IRWXO
# In the root folder of every disk.
_OF_THE_DISK = "lost+found"


def private_folder(folder: Path, *, ours: Sequence[str] = ("*",)) -> None:
    """
    Creates *folder*, or removes the permissions of group and others from an existing one that
    belongs to this user.

    Args:
        ours: Patterns of file names. A folder with any other file in it, such as /var/lib, serves
            another purpose and stays as it is, also once some of ours are in it.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = folder.stat()
    others = status.st_mode & _OTHERS
    if others == stat.S_IXGRP and status.st_gid == os.geteuid() == 0:
        return  # PostgreSQL, in root's group, must pass through
    is_mine = status.st_uid == os.geteuid() and not status.st_mode & stat.S_ISVTX
    if not is_mine or not others or not all(_is_any(path.name, ours) for path in folder.iterdir()):
        return
    folder.chmod(stat.S_IMODE(status.st_mode) & ~_OTHERS)


def _is_any(name: str, patterns: Sequence[str]) -> bool:
    return any(PurePath(name).match(pattern) for pattern in (*patterns, _OF_THE_DISK))
