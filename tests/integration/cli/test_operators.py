"""Operators are appointed by command; their actions there are in the audit log."""

import asyncio
import getpass
import json
import subprocess

import pytest

from tests.servers.up import ALDEA

from adapters.postgres.audit import SqlAuditLog
from adapters.postgres.email_outbox import SqlEmailOutbox
from adapters.postgres.engine import connect
from adapters.postgres.migrate import migrate
from adapters.postgres.second_factors import SqlSecondFactors
from adapters.postgres.users import SqlUsers
from adapters.system.clock import SystemClock
from aldea_core.domain.access.audit import AuditSelection
from aldea_core.domain.access.people import User
from aldea_core.domain.access.second_factor import SecondFactor
from aldea_core.domain.ids import OrgId, UserId


@pytest.fixture
def url(tmp_path):
    """A database with one user."""
    url = f"sqlite:///{tmp_path}/aldea.db"
    now = SystemClock().now()
    ann = User(UserId("ann"), "ann@example.com", "Ann", "hash", now, now)
    eve = User(UserId("eve"), "eve@example.com", "", "", now)

    async def make() -> None:
        engine = connect(url)
        await migrate(engine)
        await SqlUsers(engine).add(ann)
        await SqlUsers(engine).add(eve)
        await engine.dispose()

    asyncio.run(make())
    return url


def aldea(url: str, *arguments: str):
    done = subprocess.run(
        [ALDEA, *arguments, "--database-url", url, "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, json.loads(done.stdout) if done.returncode == 0 else done.stderr


def log_of(url: str, org: str):
    async def read():
        engine = connect(url)
        entries = await SqlAuditLog(engine).read(AuditSelection(OrgId(org)))
        await engine.dispose()
        return entries

    return asyncio.run(read())


def test_operators_are_added_and_removed(url):
    """
    By email address, in any case.
    """
    assert aldea(url, "operators", "list") == (0, [])
    _, (added,) = aldea(url, "operators", "add", "Ann@Example.com")
    assert (added["email"], added["operator"]) == ("ann@example.com", True)
    assert aldea(url, "operators", "list") == (0, [added])
    aldea(url, "operators", "remove", "ann@example.com")
    assert aldea(url, "operators", "list") == (0, [])


def test_unconfirmed_account_cannot_be_operator(url):
    """
    Nor an unknown address: another person may have signed up with it.
    """
    for email in ("bob@example.com", "eve@example.com"):
        status, said = aldea(url, "operators", "add", email)

        assert status == 1
        assert said == f"aldea: No user has signed up with the address {email} and confirmed it\n"


def test_commands_are_in_the_audit_log(url):
    """
    With the operating system's user, without secrets.
    """
    _, (org,) = aldea(url, "orgs", "create", "Acme")
    aldea(url, "orgs", "limits", org["id"], "concurrent_live=3")
    _, key = aldea(url, "keys", "create", "--org", "acme", "--name", "laptop")
    _, new = aldea(url, "keys", "rotate", key["api_key"]["id"])
    aldea(url, "keys", "revoke", new["api_key"]["id"])
    entries = log_of(url, org["id"])

    assert [entry.action for entry in reversed(entries)] == [
        "org.created",
        "limits.changed",
        "key.created",
        "key.rotated",
        "key.revoked",
    ]
    assert {(entry.actor.kind.value, entry.actor.name) for entry in entries} == {
        ("command line", getpass.getuser()),
    }
    assert dict(entries[-2].after) == {"concurrent_live": 3}
    assert key["key"] not in str(entries)


def test_org_gets_an_owner(url):
    """
    Invited by an email that waits for the backend. An address that is refused leaves no org.
    """
    _, (org,) = aldea(url, "orgs", "create", "Acme", "--owner", "ann@example.com")
    status, said = aldea(url, "orgs", "create", "Other", "--owner", "nobody")

    assert status == 1
    assert "e-mail address" in said
    assert [one["name"] for one in aldea(url, "orgs", "list")[1]["items"]] == ["Acme"]
    invited, created = log_of(url, org["id"])
    assert (created.action, invited.action) == ("org.created", "invitation.created")
    assert dict(invited.after) == {"email": "ann@example.com", "role": "owner"}

    async def waiting() -> int:
        engine = connect(url)
        state = await SqlEmailOutbox(engine).state()
        await engine.dispose()
        return state.waiting

    assert asyncio.run(waiting()) == 1


def test_lost_second_factor_is_turned_off(url):
    """
    The audit log says who did it; a user without one, or an unknown one, is refused.
    """

    async def read(work):
        engine = connect(url)
        found = await work(engine)
        await engine.dispose()
        return found

    factor = SecondFactor(UserId("ann"), "SECRET", SystemClock().now(), SystemClock().now())
    asyncio.run(read(lambda engine: SqlSecondFactors(engine).put(factor)))

    status, rows = aldea(url, "operators", "reset-second-factor", "Ann@example.com")

    assert (status, rows[0]["email"]) == (0, "ann@example.com")
    assert asyncio.run(read(lambda engine: SqlSecondFactors(engine).of_user(UserId("ann")))) is None
    log = asyncio.run(read(lambda engine: SqlAuditLog(engine).read(AuditSelection(None))))
    assert [(entry.action, entry.target) for entry in log] == [("second_factor.reset", "ann")]
    status, why = aldea(url, "operators", "reset-second-factor", "ann@example.com")
    assert (status, "no second factor" in why) == (1, True)
    assert aldea(url, "operators", "reset-second-factor", "unknown@example.com")[0] == 1
