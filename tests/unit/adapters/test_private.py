"""Data folders are readable by their owner only."""

import stat

import pytest

from adapters.system.private import private_folder


def mode(folder) -> int:
    return stat.S_IMODE(folder.stat().st_mode)


@pytest.mark.parametrize("made", [None, 0o700, 0o755, 0o777])
@pytest.mark.parametrize("name", [None, "usage-1.jsonl"])
def test_own_folder_becomes_private(tmp_path, made, name):
    """
    Empty or with Aldea's files in it, and whichever process made it.
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
def test_foreign_folder_keeps_its_mode(tmp_path, made, name):
    """
    Folders with other files in them, or world-writable ones such as /tmp.
    """
    folder = tmp_path / "folder"
    folder.mkdir()
    folder.chmod(made)
    (folder / name).touch()
    private_folder(folder, ours=("usage-*.jsonl",))

    assert mode(folder) == made


@pytest.mark.parametrize("others", [[], ["lost+found"], ["passwd"]])
def test_file_of_ours_does_not_make_a_folder_ours(tmp_path, others):
    """
    The second start in /usr, which has the files of the first, takes it from no other user.
    """
    folder = tmp_path / "folder"
    folder.mkdir()
    folder.chmod(0o755)
    for name in (*others, "usage-1.jsonl"):
        (folder / name).touch()

    private_folder(folder, ours=("usage-*.jsonl",))

    assert mode(folder) == (0o755 if "passwd" in others else 0o700)
