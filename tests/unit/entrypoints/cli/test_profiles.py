"""Sign-ins are kept by URL, in a file that its owner alone can read."""

import os
import stat

from pathlib import Path

import pytest

from entrypoints.cli.database import user_name
from entrypoints.cli.errors import CommandError
from entrypoints.cli.profiles import (
    Profile,
    Profiles,
    profiles_file,
    read_profiles,
    write_profiles,
)


ONE = Profile("https://one.example", "ses_1", account="ann@example.com", expires="2026-12-01")
TWO = Profile("https://two.example", "org_2", is_key=True)


@pytest.fixture(autouse=True)
def config(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def test_file_is_private_with_any_umask():
    """
    Its folder too; and a file that others could read is refused.
    """
    before = os.umask(0)
    try:
        write_profiles(Profiles().signed_in(ONE))
    finally:
        os.umask(before)
    file = profiles_file()

    assert [stat.S_IMODE(path.stat().st_mode) for path in (file, file.parent)] == [0o600, 0o700]
    assert read_profiles().of() == ONE
    file.chmod(0o640)
    with pytest.raises(CommandError, match="chmod 600"):
        read_profiles()


def test_latest_is_current():
    """
    After a sign-out, the one before it.
    """
    both = Profiles().signed_in(ONE).signed_in(TWO)

    assert (both.of(), both.of(ONE.url), both.of("https://three.example")) == (TWO, ONE, None)
    assert both.signed_in(ONE).known == (TWO, ONE)
    assert both.signed_out(TWO.url).of() == ONE
    assert both.signed_out(ONE.url).of() == TWO
    assert both.signed_out(ONE.url).signed_out(TWO.url) == Profiles()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"current": "", "profiles": [{}]}', "\x00"])
def test_damaged_file_is_explained(text):
    file = profiles_file()
    file.parent.mkdir(parents=True)
    file.touch(mode=0o600)
    file.write_text(text)

    with pytest.raises(CommandError, match="aldea login"):
        read_profiles()


def test_relative_config_home_is_ignored(monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", "config")

    assert profiles_file() == Path.home() / ".config/aldea/profiles.json"


def test_tokens_are_in_no_repr():
    assert "ses_1" not in repr(Profiles((ONE,)))


def test_user_without_a_name_has_no_profiles(monkeypatch):
    """
    As in a container that runs with a number: commands with `--url` and a key work all the same.
    """
    for name in ("HOME", "XDG_CONFIG_HOME", "LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 987_654)

    assert read_profiles() == Profiles()
    assert user_name() == "uid 987654"
    with pytest.raises(CommandError, match="set HOME"):
        write_profiles(Profiles())
