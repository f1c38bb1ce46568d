"""Events of the redis-seeder Lambda."""

import attrs
import pytest

from entrypoints.lambdas.events import (
    BadEvent,
    SeedAll,
    SeedSome,
    Verify,
    progress_of,
    seeder_event,
)


@pytest.mark.parametrize(
    ("event", "wanted"),
    [
        ({"seed_all": True}, SeedAll()),
        ({"seed_all": True, "cursor": {"after": "a"}}, SeedAll({"after": "a"})),
        ({"seed_all": True, "force": True}, SeedAll(force=True)),
        ({"seed_all": True, "force": False, "cursor": {"a": 1}}, SeedAll({"a": 1})),
        ({"verify": True}, Verify()),
        ({"verify": True, "cursor": {}}, Verify({})),
        ({"org_ids": ["a", "b", "a"]}, SeedSome(("a", "b"))),
    ],
)
def test_valid_event_is_read(event, wanted):
    assert seeder_event(event) == wanted


@pytest.mark.parametrize(
    "event",
    [
        None,
        [],
        {},
        {"seed_all": False},
        {"seed_all": 1, "x": 2},
        {"seed_all": True, "verify": True},
        {"seed_all": True, "cursor": 5},
        {"seed_all": True, "force": 1},
        {"seed_all": True, "force": True, "x": 1},
        {"verify": True, "force": True},
        {"verify": True, "org_ids": ["a"]},
        {"org_ids": []},
        {"org_ids": "a"},
        {"org_ids": ["a", 5]},
        {"org_ids": ["{}"]},
    ],
)
def test_invalid_event_is_refused_with_an_example(event):
    with pytest.raises(BadEvent, match="org_ids"):
        seeder_event(event)


@attrs.define
class Progress:
    after: str | None = None
    orgs: int = 0
    drift: dict[str, int] = attrs.field(factory=dict)


@pytest.mark.parametrize(
    "progress", [Progress(), Progress("a", 7, {"missing": 2}), Progress(None, 0, {})]
)
def test_cursor_carries_the_progress(progress):
    assert progress_of(attrs.asdict(progress), Progress) == progress


@pytest.mark.parametrize(
    "cursor", [{"x": 1}, {"after": 5}, {"orgs": "7"}, {"orgs": None}, {"drift": {"missing": "2"}}]
)
def test_cursor_that_no_answer_had_is_refused(cursor):
    """
    Not after some orgs are written, where a number is added to a text.
    """
    with pytest.raises(BadEvent, match="none of ours"):
        progress_of(cursor, Progress)
