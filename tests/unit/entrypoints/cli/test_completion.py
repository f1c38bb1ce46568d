"""Shells complete commands, those of groups, and options."""

import pytest

from click.shell_completion import BashComplete

from entrypoints.cli.main import cli


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
