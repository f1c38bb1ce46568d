"""`aldea migrate`, as operators run it."""

import os
import subprocess

import pytest

from tests.servers.up import ALDEA


def aldea(*arguments: str, url: str = ""):
    environ = {name: value for name, value in os.environ.items() if not name.startswith("ALDEA_")}
    if url:
        environ["ALDEA_DATABASE_URL"] = url
    return subprocess.run([ALDEA, *arguments], capture_output=True, text=True, env=environ)


@pytest.fixture(params=["sqlite", "postgres"])
def url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/aldea.db"
    return request.getfixturevalue("empty_postgres_url")


def test_up_checked_down_and_up(url):
    """
    The check fails until the schema is the newest.
    """
    assert aldea("migrate", "--check", url=url).returncode == 1
    done = aldea("migrate", url=url)
    assert done.stdout.startswith("The database is at 0"), done.stderr
    assert aldea("migrate", "--check", url=url).returncode == 0
    assert aldea("migrate", "--to", "0001", url=url).stdout == "The database is at 0001.\n"
    checked = aldea("migrate", "--check", url=url)
    assert (checked.returncode, "missing_trigger" in checked.stdout) == (1, True)
    assert aldea("migrate", url=url).returncode == 0


def test_invalid_argument_is_one_line(tmp_path):
    assert "ALDEA_DATABASE_URL" in aldea("migrate").stderr
    wrong = aldea("migrate", "--to", "0815", url=f"sqlite:///{tmp_path}/aldea.db")
    assert wrong.returncode == 1
    assert wrong.stderr == "aldea: There is no revision '0815'\n"
