"""Folders that settings name are looked at when a service starts."""

import pytest

from entrypoints.containers.services import Services
from entrypoints.factories.folders import writable_folder
from entrypoints.settings import Settings, SettingsError


def test_missing_folder_is_made(tmp_path):
    folder = writable_folder(str(tmp_path / "a" / "b"), "ALDEA_SPOOL_DIR", ours=("*",))

    assert folder.is_dir()


@pytest.mark.parametrize("setting", ["spool_dir", "letters_dir"])
def test_folder_that_cannot_be_written_is_refused_by_name(tmp_path, setting):
    """
    Before Redis is away, and the first email is due.
    """
    (tmp_path / "file").touch()
    services = Services(Settings(**{setting: str(tmp_path / "file" / "x")}))

    with pytest.raises(SettingsError, match=f"ALDEA_{setting.upper()} takes a folder") as refused:
        services.gateway.usage() if setting == "spool_dir" else services.people.emails()

    assert str(refused.value).endswith("not a directory")
