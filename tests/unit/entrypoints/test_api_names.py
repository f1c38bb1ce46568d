"""One scheme of names, units and times in the backend's own API."""

import re
import typing

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone

import msgspec
import pytest

from entrypoints.backend.openapi import document
from entrypoints.backend.pipeline.encoding import encode
from entrypoints.backend.resources.audit import ActorDocument, EntryDocument
from entrypoints.backend.resources.me import Me
from entrypoints.containers.services import Services
from entrypoints.settings import Settings


BACKEND = Services(Settings()).api.backend()
ROUTES = BACKEND.own.routes
DOCUMENT = document([BACKEND.own], version="1")
# Lengths of time that a person sets; what is measured or counted is in milliseconds.
SET_IN_SECONDS = {"max_file_seconds", "max_live_seconds", "overlap_seconds", "ttl_seconds"}
# By the unit in which it is priced, or in which history is drawn.
IN_MINUTES = {"a_minute", "included_minutes", "step_minutes"}
# How far back a history is asked for.
HISTORY = {"hours"}
# `key` is the secret of a new key.
SECRETS = {("MadeKey", "key")}


def fields() -> Iterator[tuple[type, str, typing.Any]]:
    """Every field that a route takes or answers: its document, its name, its type."""
    seen: set[type] = set()
    waiting = [kind for route in ROUTES for kind in (route.body, route.query, route.answer) if kind]
    while waiting:
        kind = waiting.pop()
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind not in seen:
            seen.add(kind)
            for field in msgspec.structs.fields(kind):
                yield kind, field.encode_name, field.type
                waiting.append(field.type)
        waiting += typing.get_args(kind)


def contains(kind: typing.Any, wanted: type) -> bool:
    return kind is wanted or any(contains(part, wanted) for part in typing.get_args(kind))


FIELDS = sorted(fields(), key=lambda each: (each[0].__name__, each[1]))
IDS = [f"{kind.__name__}.{name}" for kind, name, _ in FIELDS]


@pytest.mark.parametrize(("owner", "name", "kind"), FIELDS, ids=IDS)
def test_names_say_time_unit_and_id(owner, name, kind):
    """
    Times are `…_at` and days `day`; audio and measures are in milliseconds; ids of other things `…_id`.
    """
    assert contains(kind, datetime) == name.endswith("_at")
    assert not contains(kind, date) or name == "day" or name.endswith("_day")
    if name.endswith(("seconds", "_second", "_s")):
        assert name in SET_IN_SECONDS
    if name.endswith(("minutes", "_minute", "_min")) and "per_minute" not in name:
        assert name in IN_MINUTES
    assert name not in {"ms", "seconds", "minutes", "hours"} or name in HISTORY
    if name in {"key", "org", "user", "invoice", "endpoint"} and contains(kind, str):
        assert (owner.__name__, name) in SECRETS
    assert re.fullmatch(r"[a-z][a-z0-9_]*", name)


def schemas(node: typing.Any, name: str = "") -> Iterator[tuple[str, dict[str, typing.Any]]]:
    """Every schema in the OpenAPI document, with the name of the property or parameter."""
    if isinstance(node, dict):
        yield name, node
        for key, part in node.items():
            if key == "schema" and isinstance(node.get("name"), str):
                yield from schemas(part, node["name"])
            elif key == "properties":
                for field, schema in part.items():
                    yield from schemas(schema, field)
            else:
                yield from schemas(part, name if key in {"anyOf", "items"} else "")
    elif isinstance(node, list):
        for part in node:
            yield from schemas(part, name)


def test_every_time_of_the_document_has_its_format():
    """
    So that generated clients have typed times. `since` and `until` of queries may be days, too.
    """
    formats = {name: schema["format"] for name, schema in schemas(DOCUMENT) if "format" in schema}
    times = {name for name, value in formats.items() if value == "date-time"}

    assert times == {name for _, name, _ in FIELDS if name.endswith("_at")} | {"since", "until"}


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (datetime(2026, 11, 27, 9, 30, tzinfo=UTC), "2026-11-27T09:30:00.000Z"),
        (datetime(2026, 11, 27, 9, 30, 1, 234_999, tzinfo=UTC), "2026-11-27T09:30:01.234Z"),
        (
            datetime(2026, 11, 27, 0, 15, tzinfo=timezone(timedelta(hours=1))),
            "2026-11-26T23:15:00.000Z",
        ),
    ],
)
def test_times_are_in_utc_with_milliseconds(at, text):
    """
    Wherever they are in a document.
    """
    me = Me(
        id="1",
        email="",
        name="",
        zone="",
        language="",
        created_at=at,
        is_operator=False,
        company_org_id=None,
    )

    assert msgspec.json.decode(encode(me))["created_at"] == text
    assert msgspec.json.decode(encode({"a": [me, {"b": (at,)}]}))["a"][1] == {"b": [text]}


def test_text_that_looks_like_a_time_stays_as_it_is():
    """
    Names and facts are whatever people wrote.
    """
    actor = ActorDocument(kind="user", id="1", name="2026-11-27T09:30:00Z", address="")
    entry = EntryDocument(
        id=1,
        created_at=datetime(2026, 11, 27, tzinfo=UTC),
        actor=actor,
        action="key.created",
        target="",
        before={},
        after={"name": "2026-11-27"},
        request_id="",
    )
    shown = msgspec.json.decode(encode(entry))

    assert shown["actor"]["name"] == "2026-11-27T09:30:00Z"
    assert shown["after"] == {"name": "2026-11-27"}
