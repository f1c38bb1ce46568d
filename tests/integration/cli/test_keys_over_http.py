"""`aldea keys` changes keys over HTTP and in a database, and `aldea sessions` names them."""

import json

import attrs
import pytest

from tests.contract.values import lease
from tests.servers.backend import backend
from tests.servers.command_line import aldea_process

from aldea_core.domain.access.keys import KeyDraft
from aldea_core.domain.access.limits import Entitlements
from aldea_core.domain.ids import KeyId, OrgId


NOTHING = {"concurrent_sessions": None, "requests_per_minute": None, "quota_ms": None}


@pytest.fixture
async def ann(monkeypatch, tmp_path):
    """Signed in to a backend on the command line, too."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    async with backend() as running:
        person = await running.person()
        _, secret = await running.services.identity.create_key()(
            OrgId(person.org), KeyDraft("ours", scopes=frozenset({"owner"}))
        )
        monkeypatch.setenv("ALDEA_BACKEND_URL", running.url)
        monkeypatch.setenv("ALDEA_API_KEY", secret.reveal())
        yield person.org, running.services


async def done(*arguments: str) -> str:
    ran = await aldea_process(*arguments)
    assert ran.status == 0, ran
    return ran.out


@pytest.mark.usefixtures("ann")
async def test_keys_are_listed_by_state():
    """
    Both, if none is asked for.
    """
    await done("keys", "create", "--name", "old")
    await done("keys", "revoke", "old")

    async def names(*options: str) -> list[str]:
        return [key["name"] for key in json.loads(await done("keys", "list", *options))["items"]]

    assert await names("--json") == ["ours", "old"]
    assert await names("--json", "--state", "working") == ["ours"]
    assert await names("--json", "--state", "ended") == ["old"]


@pytest.mark.usefixtures("ann")
async def test_limits_and_models_are_set_and_changed():
    """
    A change of one limit keeps the others; `none` and --all-models take limits away.
    """
    await done(
        *("keys", "create", "--name", "kiosk", "--requests-per-minute", "60"),
        *("--concurrent-sessions", "2", "--model", "general", "--model", "fast"),
    )

    async def kiosk() -> dict:
        found = json.loads(await done("keys", "--json"))["items"]
        (key,) = [one for one in found if one["name"] in {"kiosk", "lobby"}]
        return key

    made = await kiosk()
    assert made["models"] == ["general", "fast"]
    assert made["limits"] == NOTHING | {"requests_per_minute": 60, "concurrent_sessions": 2}
    assert "2 at once, 60 a minute, models general fast" in await done("keys")

    said = await done(
        *("keys", "change", "kiosk", "--name", "lobby", "--seconds-per-month", "3600"),
        *("--concurrent-sessions", "none"),
    )
    assert said == "Changed lobby: 60 a minute, 3,600 s a month, models general fast.\n"
    changed = json.loads(
        await done(
            *("keys", "change", "lobby", "--all-models", "--days", "3", "--tag", "hall"),
            *("--requests-per-minute", "none", "--seconds-per-month", "none", "--json"),
        )
    )
    assert changed == await kiosk()
    assert (changed["limits"], changed["models"], changed["tags"]) == (NOTHING, None, ["hall"])
    assert changed["expires_at"] is not None
    forever = json.loads(await done("keys", "change", "lobby", "--no-expiry", "--json"))
    assert forever["expires_at"] is None


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "say what to change"),
        (("--days", "3", "--no-expiry"), "exclude each other"),
        (("--model", "a", "--all-models"), "exclude each other"),
        (("--requests-per-minute", "-1"), "neither a number"),
        (("--seconds-per-month", "many"), "neither a number"),
        (("--seconds-per-month", "1_000"), "neither a number"),
    ],
)
async def test_wrong_change_is_refused_before_it_is_asked_for(arguments, says):
    ran = await aldea_process("keys", "change", "ours", *arguments)

    assert (ran.status, says in ran.err) == (2, True), ran


async def test_sessions_name_their_keys(ann):
    """
    In the table; JSON has the ids.
    """
    org, services = ann
    (ours, *_) = json.loads(await done("keys", "--json"))["items"]
    held = lease(org=OrgId(org), at=services.stores.clock().now())
    held = attrs.evolve(held, key=attrs.evolve(held.key, id=KeyId(ours["id"])))
    await services.stores.leases().admit(held, Entitlements(), at=held.started)

    table = await done("sessions")
    assert ours["name"] in table
    assert ours["id"] not in table
    (listed,) = json.loads(await done("sessions", "--json"))["items"]
    assert listed["key_id"] == ours["id"]


async def test_key_in_a_database_is_changed(tmp_path, monkeypatch):
    """
    Without a backend, by the same rules.
    """
    monkeypatch.chdir(tmp_path)
    at = ("--database-url", f"sqlite:///{tmp_path}/aldea.db")
    await done("orgs", "create", "Acme", *at)
    await done("keys", "create", "--name", "kiosk", "--requests-per-minute", "5", *at)

    changed = json.loads(
        await done("keys", "change", "kiosk", "--concurrent-sessions", "1", "--json", *at)
    )

    assert changed["limits"] == NOTHING | {"requests_per_minute": 5, "concurrent_sessions": 1}
    refused = await aldea_process("keys", "change", "kiosk", "--name", " ", *at)
    assert refused.status == 1
    monkeypatch.setenv("ALDEA_MODELS", "general,fast")
    unknown = await aldea_process("keys", "change", "kiosk", "--model", "gneral", *at)
    assert unknown.status == 1
    assert "'gneral' is not offered; these are: general, fast" in unknown.err
