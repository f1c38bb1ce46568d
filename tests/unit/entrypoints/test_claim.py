"""One `aldea up` for a folder, and what it leaves there."""

import json
import os
import stat
import subprocess
import sys

import pytest

from aldea_core.domain.access.keys import KeySecret
from entrypoints.cli.errors import as_one_line
from entrypoints.devstack import folder_lock
from entrypoints.devstack.folder_lock import Taken, claimed
from entrypoints.devstack.ready import FILE, Ready, newest, write_private


def test_a_folder_is_for_one(tmp_path):
    """
    The other is told who has it; afterwards it is free.
    """
    folder = tmp_path / "data"
    with claimed(folder), pytest.raises(Taken, match=f"process {os.getpid()}"), claimed(folder):
        pass
    with claimed(folder):
        assert (folder / "lock").read_text() == str(os.getpid())


def test_whoever_cleans_up_is_waited_for(tmp_path, monkeypatch):
    """
    The holder is dead, and somebody who inherited its lock is about to end.
    """
    heir = subprocess.Popen([sys.executable, "-c", ""])
    heir.wait()
    with claimed(tmp_path) as held:
        (tmp_path / "lock").write_text(str(heir.pid))  # nobody is called so any more
        inherited = os.dup(held)
    monkeypatch.setattr(folder_lock, "_WAIT_SECONDS", 0.3)
    with pytest.raises(Taken), claimed(tmp_path):
        pass

    monkeypatch.setattr(folder_lock.time, "sleep", lambda _: os.close(inherited))
    with claimed(tmp_path):
        pass


def test_what_served_last_is_found(tmp_path):
    """
    The plain one or the full one.
    """
    plain, full = tmp_path / FILE, tmp_path / "full" / FILE
    assert newest(plain) == plain

    full.parent.mkdir()
    full.write_text("{}")
    assert newest(plain) == full
    plain.write_text("{}")
    os.utime(full, (1, 1))
    assert newest(plain) == plain


def test_secrets_are_written_for_their_owner(tmp_path):
    """
    And printed by nobody.
    """
    key = KeySecret.mint(bytes(24))
    ready = Ready("http://127.0.0.1:8080", "org", key, {"password": "hidden"})
    write_private(tmp_path / FILE, ready.document())

    assert json.loads((tmp_path / FILE).read_text())["password"] == "hidden"
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    assert "hidden" not in repr(ready)
    assert key.reveal() not in repr(ready)


def test_a_disk_that_is_full(tmp_path):
    """
    Is said with the file that had no room.
    """
    (tmp_path / f".{FILE}.{os.getpid()}").symlink_to("/dev/full")

    with pytest.raises(OSError, match="No space left on device") as full:
        write_private(tmp_path / FILE, {})
    assert str(as_one_line(full.value)) == f"{tmp_path / FILE}: no space left on device"
