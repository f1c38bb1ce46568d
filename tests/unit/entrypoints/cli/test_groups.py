"""What groups of commands say of themselves."""

import click
import pytest

from click.testing import CliRunner

from entrypoints.cli.main import COMMANDS, cli


def groups() -> list[str]:
    found = {name: cli.get_command(click.Context(cli), name) for name in COMMANDS}
    return [name for name, command in found.items() if isinstance(command, click.Group)]


@pytest.mark.parametrize("name", groups())
def test_help_has_whole_sentences(name):
    """
    At 80 columns, where click would end them with dots.
    """
    said = CliRunner().invoke(cli, [name, "--help"], env={"COLUMNS": "80"}).output

    about = said.partition("\nCommands:\n")[2]
    assert about
    assert "..." not in about


def test_serve_says_what_each_service_does():
    said = CliRunner().invoke(cli, ["serve", "--help"]).output

    assert "Usage: cli serve [OPTIONS] SERVICE\n" in said
    assert "  org-sync    copies changes from the queue to Redis; on AWS it is a Lambda\n" in said


def test_failure_is_one_line_where_no_progress_is_shown(monkeypatch):
    """
    Into a file, an empty line came first.
    """
    for name in ("ALDEA_DATABASE_URL", "ALDEA_REDIS_URL"):
        monkeypatch.delenv(name, raising=False)

    failed = CliRunner().invoke(cli, ["lambda", "redis-seeder", "--verify"])

    assert failed.exit_code == 1
    assert failed.stderr == "aldea: This needs both ALDEA_DATABASE_URL and ALDEA_REDIS_URL\n"
