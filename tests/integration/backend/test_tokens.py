"""Listening tokens for signed-in people and for keys."""

import attrs
import pytest

from aldea_core.domain.access.key_limits import TokenAudio
from aldea_core.domain.errors import NotAllowed
from aldea_core.use_cases.access.authenticate import Authenticate


async def redeemed(running, token: str, origin: str | None = None):
    """The caller, as a gateway of the same deployment finds it."""
    stores = running.services.stores
    find = Authenticate(stores.keystore(), stores.grants(), stores.clock())
    return await find(token, origin=origin)


async def test_person_gets_a_token_that_works_at_once(running):
    """
    Bound as asked for; all people of the org share one key, whose secret is never shown.
    """
    ann = await running.person()
    wanted = {
        "ttl_seconds": 60,
        "origin": "https://App.example.com",
        "audio_ms": 30_000,
        "tags": ["playground"],
    }
    made = await ann.post(f"/v1/orgs/{ann.org}/tokens", wanted)
    again = await ann.post(f"/v1/orgs/{ann.org}/tokens", {})

    assert (made.status, made.headers["X-In-Effect"]) == (201, "yes")
    assert {name: made.json[name] for name in wanted if name != "ttl_seconds"} == {
        "origin": "https://app.example.com",
        "audio_ms": 30_000,
        "tags": ["playground"],
    }
    assert made.json["expires_in"] == 60
    caller = await redeemed(running, made.json["access_token"], "https://app.example.com")
    assert caller.org == ann.org
    assert caller.key.tags == ("playground",)
    assert isinstance(caller.key.token, TokenAudio)
    with pytest.raises(NotAllowed):
        await redeemed(running, made.json["access_token"])
    assert again.json["key_id"] == made.json["key_id"]
    keys = (await ann.get(f"/v1/orgs/{ann.org}/keys")).json["items"]
    assert [key["id"] for key in keys if key["for_tokens"]] == [made.json["key_id"]]


async def test_revoked_key_ends_its_tokens(running):
    """
    The next token has another key.
    """
    ann = await running.person()
    made = await ann.post(f"/v1/orgs/{ann.org}/tokens", {})
    await ann.call("DELETE", f"/v1/orgs/{ann.org}/keys/{made.json['key_id']}")
    again = await ann.post(f"/v1/orgs/{ann.org}/tokens", {})

    assert await redeemed(running, made.json["access_token"]) is None
    assert again.json["key_id"] != made.json["key_id"]
    assert await redeemed(running, again.json["access_token"]) is not None


async def test_token_of_a_key_stands_for_that_key(running):
    ann = await running.person()
    made = await ann.post(f"/v1/orgs/{ann.org}/keys", {"name": "server", "tags": ["shop"]})
    caller = attrs.evolve(ann, token=made.json["key"])
    token = await caller.post(f"/v1/orgs/{ann.org}/tokens", {"tags": ["kiosk"]})

    assert token.json["key_id"] == made.json["api_key"]["id"]
    assert (await redeemed(running, token.json["access_token"])).key.tags == ("shop", "kiosk")
    refused = await attrs.evolve(ann, token=token.json["access_token"]).post(
        f"/v1/orgs/{ann.org}/tokens", {}
    )
    assert refused.status == 401


async def test_wrong_bounds_are_named(running):
    ann = await running.person()
    tokens = f"/v1/orgs/{ann.org}/tokens"

    answer = await ann.post(
        tokens, {"ttl_seconds": 0, "audio_ms": 0, "tags": list("abcdef"), "cows": 1}
    )
    assert answer.status == 422
    assert {error["field"] for error in answer.json["errors"]} == {
        "ttl_seconds",
        "audio_ms",
        "tags",
        "cows",
    }
    origin = await ann.post(tokens, {"origin": "app.example.com/"})
    assert origin.status == 422
    assert origin.json["errors"][0]["field"] == "origin"
