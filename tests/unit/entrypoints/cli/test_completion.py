"""Shells complete commands, those of groups, and options."""

import pytest

from click.shell_completion import BashComplete

from entrypoints.cli.completion import install
from entrypoints.cli.main import cli, main


@pytest.mark.parametrize(
    ("words", "begun", "completed"),
    [
        ((), "log", {"login", "logout"}),
        ((), "se", {"sessions", "serve", "settings"}),
        (("keys",), "", {"list", "create", "change", "rotate", "revoke"}),
        (("invoices",), "o", {"open"}),
        (("keys", "create"), "--n", {"--name"}),
        (("usage",), "--si", {"--since"}),
    ],
)
def test_words_are_completed(words, begun, completed):
    shell = BashComplete(cli, {}, "aldea", "_ALDEA_COMPLETE")

    assert {item.value for item in shell.get_completions(list(words), begun)} == completed


def test_startup_file_of_any_encoding_keeps_its_bytes(tmp_path):
    """
    The line is added once.
    """
    startup = tmp_path / ".bashrc"
    startup.write_bytes(b"# caf\xe9")

    written = [install("bash", cli, home=tmp_path) for _ in range(2)]

    assert startup.read_bytes() == b'# caf\xe9\nsource "%s"\n' % bytes(written[0])


def test_home_that_cannot_be_written_is_said_in_one_line(tmp_path, monkeypatch, capsys):
    (tmp_path / ".local").touch()  # where a folder should be
    monkeypatch.setenv("HOME", str(tmp_path))

    with pytest.raises(SystemExit) as ended:
        main(["--install-completion", "bash"])

    assert ended.value.code == 1
    assert capsys.readouterr().err.startswith(f"aldea: {tmp_path}")
