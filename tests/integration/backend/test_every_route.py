"""
What every route promises, whatever it is about: HEAD, If-Match, unknown and wrong input, no body
where none is taken. The routes come from the backend's own table, so that no new route is forgotten.
"""

import enum
import re

from contextlib import asynccontextmanager
from contextvars import ContextVar
from types import UnionType
from typing import Annotated, Any, get_args, get_origin

import msgspec
import pytest

from tests.integration.backend.test_access import APIS, TABLE
from tests.integration.backend.world import World, make_world
from tests.servers.backend import Answered, backend

from adapters.memory.attempt_limiter import MemoryAttemptLimiter
from adapters.memory.transaction import MemoryTransaction
from aldea_core.domain.access import attempt_limits
from aldea_core.domain.access.attempt_limits import AttemptLimit
from entrypoints.backend.openapi import operation_id


READS = [name for name, (_, route) in APIS.items() if not route.is_change]
CHANGES = [name for name, (_, route) in APIS.items() if route.is_change]
# What changes from one look to the next, though no request changes it.
_MEASURED = {
    "GET /v1/orgs/{org}/charges",
    "GET /v1/orgs/{org}/costs",
    "GET /v1/orgs/{org}/overview",
    "GET /v1/orgs/{org}/sessions",
    "GET /v1/orgs/{org}/usage",
    "GET /v1/orgs/{org}/usage/groups",
    "GET /v1/orgs/{org}/webhooks",  # as deliveries of what happens meanwhile fail
    "GET /v1/orgs/{org}/webhooks/{endpoint}",
    "GET /v1/operator/orgs/{org}/charges",
    "GET /v1/operator/engines",
    "GET /v1/operator/engines/history",
    "GET /v1/operator/state",
}


# What a change answers the second time, where that is not what it answered the first time: 409 for what
# is so already, 404 for what is gone, 422 for a token that was used, 401 once the sign-in has ended.
AGAIN = {
    "POST /v1/confirm": 422,
    "POST /v1/password-reset/complete": 422,
    "POST /v1/me/password": 401,
    "POST /v1/sign-out": 401,
    "DELETE /v1/me/sign-ins": 401,
    "DELETE /v1/me/email": 404,
    "POST /v1/me/email/confirm": 422,
    "POST /v1/me/delete": 401,
    "POST /v1/sign-in/second-factor": 422,
    "POST /v1/me/second-factor/confirm": 409,
    "POST /v1/me/second-factor/disable": 409,
    "POST /v1/invitations/decline": 422,
    "POST /v1/invitations/accept": 422,
    "DELETE /v1/me/passkeys/{passkey}": 404,
    "DELETE /v1/orgs/{org}": 404,
    "DELETE /v1/orgs/{org}/members/{member}": 404,
    "POST /v1/orgs/{org}/leave": 404,
    "DELETE /v1/orgs/{org}/invitations/{invitation}": 404,
    "DELETE /v1/orgs/{org}/identity-provider": 404,
    "POST /v1/operator/plans": 409,
    "DELETE /v1/orgs/{org}/webhooks/{endpoint}": 404,
    "POST /v1/orgs/{org}/keys/{key}/rotate": 409,
    "POST /v1/orgs/{org}/webhooks/{endpoint}/rotate": 409,
    "DELETE /v1/operator/users/{user}/second-factor": 409,
    "DELETE /v1/me/sign-ins/{sign_in}": 401,
    "DELETE /v1/projects/{project}/invites/{email}": 404,
    "DELETE /v1/projects/{project}/keys/{key}": 404,
    "DELETE /v1/projects/{project}/members/{member}": 404,
}


@pytest.fixture
async def world():
    async with backend() as running:
        yield await make_world(running)


def caller(name: str) -> str:
    """The name of a caller who may call the route."""
    callers = {"operator": "operator", "key": "key with scope", "anybody": "anonymous"}
    return callers.get(TABLE[name].least, "owner")


async def ask(
    world: World, name: str, body: Any = None, query: str = "", **headers: str
) -> Answered:
    """Calls the route as a caller who may; *query* is added to what it is asked for anyway."""
    route, who = APIS[name][1], caller(name)
    asked = "&".join(filter(None, [TABLE[name].query, query]))
    path = world.path(route.path, who) + (f"?{asked}" if asked else "")
    return await world.people[who].call(route.method, path, body, **headers)


async def set_up(world: World, name: str) -> Any:
    """The body of the route, once what it is about is there; None if it takes none."""
    body = TABLE[name].body
    return await body(world, caller(name)) if callable(body) else body


def named(name: str, answer: Answered) -> dict[str, str]:
    """The fields that a refusal names, with what it says of each."""
    if APIS[name][1].path.startswith(("/v1/projects", "/v1/models")):
        assert answer.status == 400, (name, answer.text)
        said = answer.json["err_msg"]
        return dict(part.partition(": ")[::2] for part in said.split("; "))
    assert answer.status == 422, (name, answer.text)
    return {error["field"]: error["message"] for error in answer.json["errors"]}


async def test_head_answers_as_get_without_a_body(world):
    for name in READS:
        await set_up(world, name)
        got, who = await ask(world, name), caller(name)
        path = world.path(APIS[name][1].path, who)
        query = f"?{TABLE[name].query}" if TABLE[name].query else ""
        head = await world.people[who].call("HEAD", path + query)

        assert (head.status, head.text) == (got.status, ""), name
        assert head.headers.get("Content-Type") == got.headers.get("Content-Type"), name
        assert ("ETag" in head.headers) == ("ETag" in got.headers), name
        if name not in _MEASURED:
            assert head.headers.get("ETag") == got.headers.get("ETag"), name


async def test_if_match_is_looked_at_by_every_get(world):
    """
    One that does not hold is 412; the ETag of what is there, and `*`, hold.
    """
    for name in READS:
        await set_up(world, name)
        got = await ask(world, name)
        assert got.status == TABLE[name].ok, (name, got.text)
        other = await ask(world, name, If_Match='"made-up"')
        weak = await ask(world, name, If_Match="W/" + got.headers.get("ETag", '"none"'))
        whatever = await ask(world, name, If_Match="*")

        assert (other.status, weak.status, whatever.status) == (412, 412, got.status), name
        if name not in _MEASURED and "ETag" in got.headers:
            same = await ask(world, name, If_Match=f'"made-up", {got.headers["ETag"]}')
            assert same.status == got.status, name
            known = await ask(world, name, If_None_Match=f"W/{got.headers['ETag']}")
            assert (known.status, known.text) == (304, ""), name


async def test_if_match_is_never_ignored_by_a_change(world):
    """
    One that does not hold is 412 where the change is about what was read, and else refused.
    """
    for name in CHANGES:
        route, body = APIS[name][1], await set_up(world, name)
        answer = await ask(world, name, body, If_Match='"made-up"')

        assert answer.status == (412 if route.current else 400), (name, answer.text)
        if route.current:
            assert (await ask(world, name, body)).status == 428, name
        else:
            assert "This takes no If-Match." in answer.text, name


async def test_unknown_parameter_is_refused_by_every_route(world):
    for name, (_, route) in APIS.items():
        body = await set_up(world, name)
        answer = await ask(world, name, body if route.is_change else None, "made_up=1")

        assert named(name, answer) == {"made_up": "Is not known here."}


def takes_text(kind: Any) -> bool:
    """Whether any text will do: a query that is text."""
    if get_origin(kind) is Annotated:
        return takes_text(get_args(kind)[0])
    if get_origin(kind) is UnionType or str(get_origin(kind)) == "typing.Union":
        return any(takes_text(part) for part in get_args(kind))
    return kind is str or (
        isinstance(kind, type) and issubclass(kind, str) and not issubclass(kind, enum.Enum)
    )


async def test_wrong_parameters_are_all_named(world):
    """
    With what is allowed.
    """
    for name, (_, route) in APIS.items():
        if route.query is None or route.is_change:
            continue
        fields = msgspec.structs.fields(route.query)
        wrong = {one.encode_name for one in fields if not takes_text(one.type)}
        taken = {one.partition("=")[0] for one in TABLE[name].query.split("&")}
        wrong -= taken
        if not wrong:
            continue
        answer = await ask(world, name, query="&".join(f"{one}=~" for one in sorted(wrong)))

        said = named(name, answer)
        assert set(said) == wrong, name
        assert all(text.startswith("Must be ") for text in said.values()), (name, said)


async def test_wrong_fields_are_all_named(world):
    """
    With what is allowed: fields of the wrong type, those that are missing, and unknown ones.
    """
    for name, (_, route) in APIS.items():
        if route.body is None:
            continue
        fields = msgspec.structs.fields(route.body)
        answer = await ask(world, name, {one.encode_name: [{"made": "up"}] for one in fields})
        said = named(name, answer)
        assert {re.split(r"[.\[]", one)[0] for one in said} >= {
            one.encode_name for one in fields
        }, name
        assert all(
            text.startswith(("Must ", "Is not known here.", "Is missing."))
            for text in said.values()
        ), (name, said)

        answer = await ask(world, name, {"made_up": 1})
        required = {one.encode_name: "Is missing." for one in fields if one.required}
        assert named(name, answer) == {**required, "made_up": "Is not known here."}, name

        answer = await ask(world, name, [])
        assert named(name, answer) == {"body": "Must be a JSON object."}


async def test_body_is_refused_where_none_is_taken(world):
    for name in CHANGES:
        if APIS[name][1].body is None:
            answer = await ask(world, name, {"made": "up"})
            assert (answer.status, "This takes no body." in answer.text) == (400, True), name


async def test_what_is_done_already_is_said():
    """
    Every change twice. What is not in `AGAIN` answers as the first time: it makes another one, or what
    is so already stays so.
    """
    for names in _by_world():
        async with backend() as running:
            world = await make_world(running)
            for name in names:
                body = await set_up(world, name)
                match = {"If_Match": "*"} if APIS[name][1].current else {}
                first = await ask(world, name, body, **match)
                second = await ask(world, name, body, **match)
                ok = TABLE[name].ok

                assert (first.status, second.status) == (ok, AGAIN.get(name, ok)), (
                    name,
                    first.text,
                    second.text,
                )


async def test_count_of_attempts_outlives_a_rollback(monkeypatch):
    """
    No route counts them in its transaction, but invitations: what is not sent, does not count.
    """
    about, take = MemoryTransaction.about, MemoryAttemptLimiter.take
    is_within, counted = ContextVar("is_within", default=False), set()

    @asynccontextmanager
    async def watched(self, thing=""):
        async with about(self, thing):
            outer = is_within.set(True)
            try:
                yield
            finally:
                is_within.reset(outer)

    async def counting(self, name, pace, *, at):
        counted.add((name.partition(":")[0], is_within.get()))
        return await take(self, name, pace, at=at)

    monkeypatch.setattr(MemoryTransaction, "about", watched)
    monkeypatch.setattr(MemoryAttemptLimiter, "take", counting)
    for names in _by_world():
        async with backend() as running:
            world = await make_world(running)
            for name in names:
                match = {"If_Match": "*"} if APIS[name][1].current else {}
                answer = await ask(world, name, await set_up(world, name), **match)
                assert answer.status == TABLE[name].ok, (name, answer.text)

    limits = {one.name for one in vars(attempt_limits).values() if isinstance(one, AttemptLimit)}
    assert limits <= {name for name, _ in counted}
    assert {name for name, within in counted if within} == {"invitations-of-org"}


def _by_world() -> list[list[str]]:
    """All changes, by the worlds to try them in: what ends something has one of its own."""
    kept = [name for name in CHANGES if not _ends_something(name)]
    return [kept, *([name] for name in CHANGES if name not in kept)]


def _ends_something(name: str) -> bool:
    """Whether a change may take away what the other ones are about."""
    return name in AGAIN or name.startswith(("DELETE ", "PATCH /v1/operator/")) or "/void" in name


def test_operations_have_the_names_of_what_they_are_about():
    """
    Each its own; of our API by method and thing.
    """
    routes = [route for _, route in APIS.values()]
    names = [operation_id(route) for route in routes]

    assert len(set(names)) == len(names)
    for route, name in zip(routes, names, strict=True):
        if not route.path.startswith(("/v1/projects", "/v1/models")):
            assert name.startswith(f"{route.method.lower()}_"), name
            if "invoice" in route.path:
                assert "invoice" in name or "credit_note" in name, name
