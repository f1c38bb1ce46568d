"""Logs of several services in readable lines."""

import io
import json

import pytest

from rich.console import Console

from entrypoints.devstack.log_lines import LogLines, readable


def said(**facts) -> str:
    return readable(json.dumps(facts)).plain


def test_json_record_becomes_a_line():
    """
    Time, event and fields; the level only if it is not the usual one.
    """
    shown = said(
        event="trying again", level="warning", timestamp="2026-11-24T22:01:03.5Z", reason="no redis"
    )

    assert shown.endswith(':03 warning trying again reason="no redis"')
    assert said(event="serving", level="info", port=8080, names=[]) == "serving port=8080 names=[]"


def test_exception_shows_causes_without_values():
    """
    The causes and places, but no variables.
    """
    frames = [{"filename": "a.py", "lineno": 1, "name": "f"}]
    frames.append({"filename": "b.py", "lineno": 7, "name": "g", "locals": {"secret": "x"}})
    causes = [{"exc_type": "Unavailable", "exc_value": "redis", "frames": frames}]

    assert said(event="failed", exception=causes) == (
        "failed\n    Unavailable: redis (b.py:7, in g)"
    )


@pytest.mark.parametrize("line", ["plain", "{", "{}", '{"event"', "[1]", "null", ""])
def test_other_output_is_shown_unchanged(line):
    assert readable(line).plain == line


def test_service_names_are_aligned():
    """
    Long lines are not broken.
    """
    out = io.StringIO()
    lines = LogLines(Console(file=out, width=20), ["db-sync", "stt"])
    lines.say("stt", "x" * 40)
    lines.say("db-sync", "[bold]as it is[/]")

    assert out.getvalue() == f"stt     {'x' * 40}\ndb-sync [bold]as it is[/]\n"
