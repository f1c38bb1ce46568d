"""The lock on the data folder of `aldea up`, and the files it leaves there."""

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
from entrypoints.devstack.ready import FILE, Ready, read_ready, write_private


def test_folder_is_locked_by_one_process(tmp_path):
    """
    The second one gets the holder's process id; afterwards the lock is free.
    """
    folder = tmp_path / "data"
    with claimed(folder), pytest.raises(Taken, match=f"process {os.getpid()}"), claimed(folder):
        pass
    with claimed(folder):
        assert (folder / "lock").read_text() == str(os.getpid())


def test_lock_inherited_by_an_ending_child_is_awaited(tmp_path, monkeypatch):
    """
    The holder is dead, and its child is about to end.
    """
    heir = subprocess.Popen([sys.executable, "-c", ""])
    heir.wait()
    with claimed(tmp_path) as held:
        (tmp_path / "lock").write_text(str(heir.pid))  # this process id is free again
        inherited = os.dup(held)
    monkeypatch.setattr(folder_lock, "_WAIT_SECONDS", 0.3)
    with pytest.raises(Taken), claimed(tmp_path):
        pass

    monkeypatch.setattr(folder_lock.time, "sleep", lambda _: os.close(inherited))
    with claimed(tmp_path):
        pass


def test_last_service_is_found(tmp_path):
    """
    Of `aldea up` or of `aldea up --full`.
    """
    plain, full = tmp_path / FILE, tmp_path / "full" / FILE
    assert read_ready(plain) == {}

    full.parent.mkdir()
    full.write_text('{"api": "full"}')
    assert read_ready(plain) == {"api": "full"}
    plain.write_text('{"api": "plain"}')
    os.utime(full, (1, 1))
    assert read_ready(plain) == {"api": "plain"}


@pytest.mark.parametrize("text", ["", "{", "[]", '"api"', '{"api": null}', '{"api": 1}'])
def test_a_file_of_ready_that_is_malformed_names_nothing(tmp_path, text):
    file = tmp_path / FILE
    file.write_text(text)

    assert read_ready(file) == {}


def test_secrets_are_readable_by_their_owner_only(tmp_path):
    """
    And are in no repr.
    """
    key = KeySecret.mint(bytes(24))
    ready = Ready("http://127.0.0.1:8080", "org", key, {"password": "hidden"})
    write_private(tmp_path / FILE, ready.document())

    assert json.loads((tmp_path / FILE).read_text())["password"] == "hidden"
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    assert "hidden" not in repr(ready)
    assert key.reveal() not in repr(ready)


def test_full_disk_error_names_the_file(tmp_path):
    (tmp_path / f".{FILE}.{os.getpid()}").symlink_to("/dev/full")

    with pytest.raises(OSError, match="No space left on device") as full:
        write_private(tmp_path / FILE, {})
    assert str(as_one_line(full.value)) == f"{tmp_path / FILE}: no space left on device"
