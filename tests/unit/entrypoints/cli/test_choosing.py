"""A thing is named by its id, its name, or how its id begins."""

import click
import pytest

from entrypoints.cli.choosing import chosen
from entrypoints.cli.errors import CommandError


ORGS = (
    {"id": "aaaa-1", "name": "Acme"},
    {"id": "bbbb-2", "name": "Beta"},
    {"id": "cccc-3", "name": "acme"},
    {"id": "Acme", "name": "An org whose id is another one's name"},
)


def choose(wanted: str | None, items=ORGS, **more):
    return chosen(items, wanted, "organisation", option="--org", **more)["id"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [("bbbb-2", "bbbb-2"), ("bEtA", "bbbb-2"), ("bbbb", "bbbb-2"), ("Acme", "Acme")],
)
def test_found_by_id_then_name_then_prefix(wanted, found):
    assert choose(wanted) == found


def test_only_one_needs_no_name():
    assert choose(None, ORGS[:1]) == "aaaa-1"
    with pytest.raises(CommandError, match="there is no organisation"):
        choose(None, ())
    with pytest.raises(click.UsageError, match="name one with --org: Acme, Beta"):
        choose(None)


def test_ambiguous_name_needs_an_id():
    """
    Unless one of them is preferred.
    """
    with pytest.raises(click.UsageError, match="use an id: aaaa-1, cccc-3"):
        choose("acme", ORGS[:3])
    assert choose("acme", ORGS[:3], prefer=lambda one: one["id"] == "cccc-3") == "cccc-3"


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ("acne", "Did you mean acme?"),
        ("bet", "Did you mean Beta?"),
        ("zzz", "There are: Acme, Beta, acme"),
        ("bbb", "There are: "),
        ("a\x1b[31m", r"no organisation 'a\x1b[31m'"),
    ],
)
def test_unknown_name_says_what_is_close(wanted, says):
    with pytest.raises(CommandError) as refused:
        choose(wanted)

    assert says in refused.value.message
