"""The shortest way through the backend."""

import attrs
import pytest

from aldea_core.domain.access.keys import KeySecret


async def test_from_sign_up_to_a_key(running):
    """
    Sign up, sign in, find one's org, make a key; the key is shown once.
    """
    ann = await running.person()
    made = await ann.post(f"/v1/orgs/{ann.org}/keys", {"name": "laptop"})
    listed = await ann.get(f"/v1/orgs/{ann.org}/keys")

    assert made.status == 201
    assert made.json["key"].startswith("org_")
    assert listed.json == {"items": [made.json["api_key"]], "next": None}
    assert made.json["key"] not in listed.text


@pytest.mark.parametrize("path", ["/v1/orgs/{}/keys", "/v1/projects/{}/keys"])
async def test_new_key_works_when_its_response_arrives(running, path):
    """
    In both APIs, and the response says so; a revoked key is refused likewise.
    """
    ann = await running.person()
    first = await ann.post(f"/v1/orgs/{ann.org}/keys", {"name": "first", "scopes": ["admin"]})
    caller = attrs.evolve(ann, token=first.json["key"])
    wanted = {"name": "x", "scopes": ["usage:write"]}
    if "projects" in path:
        wanted = {"comment": "x", "scopes": ["usage:write"]}
    made = await caller.post(path.format(ann.org), wanted)
    assert made.status in {200, 201}
    assert made.headers["X-In-Effect"] == "yes"
    known = KeySecret.parse(made.json["key"])
    keystore = running.services.stores.keystore()
    assert await keystore.caller(known.hash) is not None

    key = made.json["api_key_id"] if "projects" in path else made.json["api_key"]["id"]
    ended = await caller.call("DELETE", f"{path.format(ann.org)}/{key}")
    assert ended.headers["X-In-Effect"] == "yes"
    assert await keystore.caller(known.hash) is None


@pytest.mark.parametrize("path", ["/v1/orgs/{}/usage", "/v1/projects/{}/usage"])
async def test_calls_count_as_uses_of_their_key(running, path):
    """
    In both APIs, refused ones too; a key that nobody calls with stays unused.
    """
    ann = await running.person()
    keys = f"/v1/orgs/{ann.org}/keys"
    for name, scope in (("caller", "usage:read"), ("refused", "keys:read"), ("unused", "admin")):
        made = await ann.post(keys, {"name": name, "scopes": [scope]})
        if name != "unused":
            caller = attrs.evolve(ann, token=made.json["key"])
            expected = {"caller": 200, "refused": 403}[name]
            assert (await caller.get(path.format(ann.org))).status == expected

    listed = (await ann.get(keys)).json["items"]
    used = {key["name"]: key["last_used_at"] is not None for key in listed}
    assert used == {"caller": True, "refused": True, "unused": False}


async def test_keys_are_listed_by_state_search_and_age(running):
    """
    The other dialect has a status instead, and neither pages nor ids of revoked keys.
    """
    ann = await running.person()
    keys, projects = f"/v1/orgs/{ann.org}/keys", f"/v1/projects/{ann.org}/keys"
    made = {
        name: (await ann.post(keys, {"name": name, "tags": ["kiosk"]})).json["api_key"]["id"]
        for name in ("one", "two", "three", "four")
    }
    admin = await ann.post(keys, {"name": "admin", "scopes": ["admin"]})
    for name in ("two", "three"):
        await ann.call("DELETE", f"{keys}/{made[name]}")

    async def names(query):
        page = (await ann.get(f"{keys}?{query}")).json
        return [key["name"] for key in page["items"]], page["next"]

    assert await names("state=ended") == (["two", "three"], None)
    assert await names("state=working&order=newest") == (["admin", "four", "one"], None)
    assert await names("search=KIOSK&state=working") == (["one", "four"], None)
    assert await names("search=kiosk_") == ([], None)
    first, cursor = await names("order=newest&limit=3")
    assert first == ["admin", "four", "three"]
    assert await names(f"order=newest&limit=3&cursor={cursor}") == (["two", "one"], None)
    for wrong in ("state=revoked", "order=random", "cursor=x", "limit=101"):
        assert (await ann.get(f"{keys}?{wrong}")).status == 422

    caller = attrs.evolve(ann, token=admin.json["key"])
    for query, expected in (("", ["one", "four", "admin"]), ("?status=expired", ["two", "three"])):
        found = (await caller.get(projects + query)).json["api_keys"]
        assert [key["api_key"]["comment"] for key in found] == expected
    assert (await caller.get(f"{projects}/{made['two']}")).status == 404


async def test_key_has_models_and_limits_of_its_own(running):
    """
    They are shown as they were asked for, reach the gateways, and wrong ones are named.
    """
    ann = await running.person()
    keys = f"/v1/orgs/{ann.org}/keys"
    own = {"concurrent_sessions": 2, "requests_per_minute": None, "quota_ms": 3_600_000}
    made = await ann.post(keys, {"name": "kiosk", "models": ["fast"], "limits": own})
    plain = await ann.post(keys, {"name": "plain"})
    shown = await ann.get(f"{keys}/{made.json['api_key']['id']}")

    assert (shown.json["models"], shown.json["limits"]) == (["fast"], own)
    assert plain.json["api_key"]["models"] is None
    assert set(plain.json["api_key"]["limits"].values()) == {None}
    caller = await running.services.stores.keystore().caller(KeySecret.parse(made.json["key"]).hash)
    assert (caller.key.models, caller.key.limits.concurrent_sessions) == (("fast",), 2)

    wrong = await ann.post(
        keys, {"name": "x", "models": [], "limits": {"concurrent_sessions": -1, "cows": 1}}
    )
    assert wrong.status == 422
    assert {error["field"] for error in wrong.json["errors"]} >= {"models"}


async def test_key_is_renamed_and_limited_anew(running):
    """
    With the ETag that its caller has seen, which uses do not change; what is left out stays.
    """
    ann = await running.person()
    keys = f"/v1/orgs/{ann.org}/keys"
    made = await ann.post(keys, {"name": "old", "tags": ["a"], "models": ["fast"]})
    one = f"{keys}/{made.json['api_key']['id']}"
    etag = (await ann.get(one)).headers["ETag"]
    accounts = running.services.stores.accounts()
    await accounts.note_uses({made.json["api_key"]["id"]: running.services.stores.clock().now()})
    assert (await ann.get(one)).json["last_used_at"] is not None

    changes = {"name": "new", "limits": {"requests_per_minute": 5}, "models": None}
    assert (await ann.call("PATCH", one, changes)).status == 428
    changed = await ann.call("PATCH", one, changes, **{"If-Match": etag})
    again = await ann.call("PATCH", one, {"name": "late"}, **{"If-Match": etag})

    assert (changed.status, changed.headers["X-In-Effect"]) == (200, "yes")
    assert (changed.json["name"], changed.json["tags"], changed.json["models"]) == (
        "new",
        ["a"],
        None,
    )
    assert changed.json["limits"]["requests_per_minute"] == 5
    assert again.status == 412
    caller = await running.services.stores.keystore().caller(KeySecret.parse(made.json["key"]).hash)
    assert (caller.key.models, caller.key.limits.requests_per_minute) == (None, 5)
    entries = (await ann.get(f"/v1/orgs/{ann.org}/audit?action=key.changed")).json["items"]
    assert len(entries) == 1

    wrong = await ann.call("PATCH", one, {"name": "", "models": [], "cows": 1}, **{"If-Match": "*"})
    assert wrong.status == 422
    assert {error["field"] for error in wrong.json["errors"]} == {"name", "models", "cows"}
    await ann.call("DELETE", one)
    gone = await ann.call("PATCH", one, {"name": "x"}, **{"If-Match": "*"})
    assert gone.status == 409


async def test_key_learns_what_it_may_do(running):
    """
    At the address where a person learns who they are.
    """
    ann = await running.person()
    wanted = {
        "name": "robot",
        "scopes": ["usage:write"],
        "tags": ["shop"],
        "models": ["general"],
        "limits": {"requests_per_minute": 60},
        "expires_at": "2100-01-01T00:00:00Z",
    }
    made = (await ann.post(f"/v1/orgs/{ann.org}/keys", wanted)).json
    seen = await attrs.evolve(ann, token=made["key"]).get("/v1/me")
    org = (await ann.get(f"/v1/orgs/{ann.org}")).json

    assert seen.status == 200
    assert seen.json == {
        "kind": "key",
        "id": made["api_key"]["id"],
        "name": "robot",
        "hint": made["api_key"]["hint"],
        "scopes": ["usage:write"],
        "tags": ["shop"],
        "models": ["general"],
        "limits": {
            "concurrent_sessions": None,
            "requests_per_minute": 60,
            "quota_ms": None,
        },
        "expires_at": "2100-01-01T00:00:00.000Z",
        "org_id": ann.org,
        "org_name": org["name"],
    }
    assert (await ann.get("/v1/me")).json["kind"] == "user"
