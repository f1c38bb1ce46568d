"""Folders that others are shut out of."""

import stat

import pytest

from adapters.system.private import private_folder


def mode(folder) -> int:
    return stat.S_IMODE(folder.stat().st_mode)


@pytest.mark.parametrize("made", [None, 0o700, 0o755, 0o777])
@pytest.mark.parametrize("name", [None, "usage-1.jsonl"])
def test_a_folder_of_ours_is_private(tmp_path, made, name):
    """
    Whoever made it, empty or with what we put there.
    """
    folder = tmp_path / "folder"
    if made is not None:
        folder.mkdir()
        folder.chmod(made)
        if name is not None:
            (folder / name).touch()
    private_folder(folder, ours=("usage-*.jsonl",))

    assert mode(folder) == 0o700


@pytest.mark.parametrize(("made", "name"), [(0o755, "passwd"), (0o1777, "usage-1.jsonl")])
def test_a_folder_of_something_else_stays_as_it_is(tmp_path, made, name):
    """
    With what is not ours in it, or one that all may write to, as /tmp.
    """
    folder = tmp_path / "folder"
    folder.mkdir()
    folder.chmod(made)
    (folder / name).touch()
    private_folder(folder, ours=("usage-*.jsonl",))

    assert mode(folder) == made
