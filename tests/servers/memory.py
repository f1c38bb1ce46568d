"""
Where tests may keep files in memory: Linux's /dev/shm, if it has room.

A disk that others use too makes a test wait for each file that it makes and syncs. To copy a database
makes 900 files, which takes 20 ms in memory, and up to a second on a busy disk.
"""

import shutil

from pathlib import Path


_FOLDER = Path("/dev/shm")
_ROOM_BYTES = 2 << 30


def in_memory() -> Path | None:
    """None if there is no such folder, or less room in it than all tests together take."""
    has_room = _FOLDER.is_dir() and shutil.disk_usage(_FOLDER).free >= _ROOM_BYTES
    return _FOLDER if has_room else None
