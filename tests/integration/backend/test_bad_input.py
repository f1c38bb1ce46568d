"""Bad input gets a problem that names the fault, and never a 5xx."""

import asyncio

import pytest

from aldea_core.domain.access.keys import SCOPES
from aldea_core.domain.access.tokens import Token, TokenKind
from entrypoints.backend.app import MOST_BYTES


ZONED = "Must be a time with its zone, as 2026-01-31T12:00:00Z."


@pytest.fixture
async def ann(running):
    return await running.person()


async def raw(running, ann, body: bytes, media: str = "application/json", method: str = "POST"):
    headers = {"Authorization": f"Bearer {ann.token}", "Content-Type": media}
    path = f"/v1/orgs/{ann.org}/keys"
    async with running.client.request(method, path, data=body, headers=headers) as answer:
        return answer.status, await answer.json(content_type=None)


@pytest.mark.parametrize(
    ("body", "media", "status", "problem"),
    [
        (b"", "application/json", 400, "bad-request"),
        (b"{", "application/json", 400, "bad-request"),
        (b'{"name": "\xff"}', "application/json", 400, "bad-request"),
        (b'{"name": "a" "b"}', "application/json", 400, "bad-request"),
        (b'{"name": "\\ud800"}', "application/json", 400, "bad-request"),
        (b"[" * 100_000, "application/json", 400, "bad-request"),
        (b"[]", "application/json", 422, "invalid"),
        (b"null", "application/json", 422, "invalid"),
        (b'"name"', "application/json", 422, "invalid"),
        (b"name=a", "application/x-www-form-urlencoded", 415, "not-json"),
        (b"{}", "text/plain", 415, "not-json"),
        (b" " * (MOST_BYTES + 1), "application/json", 413, "too-large"),
    ],
    ids=[
        "nothing", "half", "not UTF-8", "no comma", "half a letter", "deep", "a list", "null",
        "a text", "a form", "text", "too large",
    ],
)  # fmt: skip
async def test_malformed_body_is_400_415_or_422(running, ann, body, media, status, problem):
    """
    Invalid JSON, another media type, JSON of a wrong shape.
    """
    answered, said = await raw(running, ann, body, media)

    assert (answered, said["type"]) == (status, f"/docs#{problem}")
    assert said["request_id"]


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"name": "Is missing."}),
        ({"name": ""}, {"name": "Must be text of length 1 or more."}),
        ({"name": "   "}, {"name": "Must have visible characters, and no control characters."}),
        ({"name": "a\x00b"}, {"name": "Must have visible characters, and no control characters."}),
        *(
            ({"name": name}, {"name": "Must have visible characters, and no control characters."})
            for name in ("\u200b\ufeff", "\u3164", "Acme\u202e", "\u2066Acme")
        ),
        ({"name": "Acme\n"}, {"name": "Must have visible characters, and no control characters."}),
        ({"name": "x" * 201}, {"name": "Must be text of length 200 or less."}),
        ({"name": 7}, {"name": "Must be text, got a whole number."}),
        ({"name": None}, {"name": "Must be text, got null."}),
        ({"name": "k", "scopes": []}, {"scopes": "Must be a list of length 1 or more."}),
        ({"name": "k", "scopes": "member"}, {"scopes": "Must be a list, got text."}),
        ({"name": "k", "scopes": ["all"]}, {"scopes[0]": f"Must be one of {', '.join(sorted(SCOPES))}."}),
        ({"name": "k", "tags": ["a b"]}, {"tags[0]": "Must be of letters, digits, and _ . : -"}),
        ({"name": "k", "tags": ["a\n"]}, {"tags[0]": "Must be of letters, digits, and _ . : -"}),
        ({"name": "k", "tags": ["a"] * 21}, {"tags": "Must be a list of length 20 or less."}),
        ({"name": "k", "expires_at": "soon"}, {"expires_at": ZONED}),
        ({"name": "k", "expires_at": 4e9}, {"expires_at": "Must be a time or null, got a number."}),
        (
            {"name": "k", "expires_at": "2030-01-01T00:00:00"},
            {"expires_at": ZONED},
        ),
        ({"name": "k", "expires_at": "2020-01-01T00:00:00Z"}, {"expires_at": "Must be in the future."}),
        ({"name": "k", "colour": 1}, {"colour": "Is not known here."}),
        ({"name": "k", "limits": {"colour": 1}}, {"limits.colour": "Is not known here."}),
        ({"name": "k", "limits": [1]}, {"limits": "Must be an object, got a list."}),
        ({"name": 1, "tags": 2, "é": 3}, {
            "name": "Must be text, got a whole number.",
            "tags": "Must be a list, got a whole number.",
            "\\xe9": "Is not known here.",
        }),
    ],
    ids=str,
)  # fmt: skip
async def test_invalid_field_is_named(ann, body, errors):
    """
    With what is valid.
    """
    answer = await ann.post(f"/v1/orgs/{ann.org}/keys", body)

    assert (answer.status, answer.json["type"]) == (422, "/docs#invalid")
    assert {error["field"]: error["message"] for error in answer.json["errors"]} == errors
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "email",
    ["", "ann", "ann@", "@example.com", "ann@example", "a b@example.com", "ann@exam ple.com",
     "ann@example.com\x00", "x" * 250 + "@example.com", "änn@example.com"],
)  # fmt: skip
async def test_invalid_email_address_is_refused(running, email):
    """
    Before any lookup.
    """
    answer = await running.anonymous().post("/v1/password-reset", {"email": email})

    assert answer.status == 422
    (error,) = answer.json["errors"]
    assert error["field"] == "email"
    assert len(email) > 200 or error["message"] == "Must be an e-mail address."


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=ten", "limit"),
        ("limit=1&limit=2", "limit"),
        ("cursor=junk", "cursor"),
        ("cursor=", "cursor"),
        ("cursor=bnVsbA", "cursor"),
        ("cursor=WyIyMDI2LTAxLTAxVDAwOjAwOjAwIiwgIngiXQ", "cursor"),  # a time without a zone
        ("cursor=WyIyMDI2LTAxLTAxVDAwOjAwOjAwWiIsICJcdTAwMDAiXQ", "cursor"),  # a NUL
        ("page=2", "page"),
        ("%00=1", "\x00"),
    ],
)
async def test_invalid_query_is_refused(ann, query, field):
    """
    No unknown value falls back to a default.
    """
    for path in (f"/v1/orgs/{ann.org}/keys", f"/v1/orgs/{ann.org}/audit"):
        answer = await ann.get(f"{path}?{query}")

        assert answer.status == 422, answer.text
        assert [error["field"] for error in answer.json["errors"]] == [field]


@pytest.mark.parametrize(("limit", "bound"), [(0, "1 or more"), (101, "100 or less")])
async def test_bound_of_a_number_is_said_in_words(ann, limit, bound):
    answer = await ann.get(f"/v1/orgs/{ann.org}/keys?limit={limit}")

    assert answer.json["errors"][0]["message"] == f"Must be a whole number, {bound}."


@pytest.mark.parametrize("by", ["dya", "day,", "day,key,kind"])
async def test_wrong_grouping_is_refused_in_words(ann, by):
    answer = await ann.get(f"/v1/orgs/{ann.org}/usage/groups?by={by}")

    (error,) = answer.json["errors"]
    assert (answer.status, error["field"]) == (422, "by")
    assert error["message"].startswith("Must be one of day, hour, ")


@pytest.mark.parametrize(
    "credential",
    [
        "",
        "Bearer",
        "Basic YW5uOmFubg==",
        "Bearer " + "x" * 8000,
        "Bearer org_" + "0" * 39,
        "Bearer é",
        "Bearer " + Token.mint(TokenKind.RESET, bytes(32)).reveal(),
    ],
)
async def test_bad_credentials_are_refused(running, credential):
    """
    And never repeated in the response.
    """
    answer = await running.anonymous().get("/v1/me", Authorization=credential)

    assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    secret = credential.partition(" ")[2]
    assert not secret or secret not in answer.text


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/v1/orgs/", 404),
        ("GET", "/v1//", 404),
        ("PUT", "/v1/me", 405),
        ("TRACE", "/v1/me", 405),
        ("OPTIONS", "/v1/me", 405),
    ],
)
async def test_unknown_path_and_method_are_problems(running, method, path, status):
    """
    405 lists the allowed methods.
    """
    answer = await running.anonymous().call(method, path)

    assert answer.status == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert status != 405 or answer.headers["Allow"] == "GET,HEAD,PATCH"


async def test_unexpected_body_is_refused(ann):
    assert (await ann.post("/v1/sign-out", {"all": True})).status == 400
    assert (await ann.get("/v1/me")).status == 200


async def test_endless_body_is_cut_off(running, ann):
    """
    At the largest allowed size.
    """

    async def endless():
        for _ in range(1000):
            yield b" " * 64 * 1024
            await asyncio.sleep(0)

    headers = {"Authorization": f"Bearer {ann.token}", "Content-Type": "application/json"}
    async with running.client.post("/v1/orgs", data=endless(), headers=headers) as answer:
        assert answer.status == 413
