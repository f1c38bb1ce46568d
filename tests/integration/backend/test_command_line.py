"""A customer's command line against a backend: as a person, and with an API key."""

import json
import stat

from datetime import timedelta

import pytest

from tests.contract.values import record
from tests.servers.backend import PASSWORD, Person, Running
from tests.servers.command_line import Ran, aldea

from aldea_core.domain.ids import OrgId
from entrypoints.cli.profiles import profiles_file, read_profiles


pytestmark = pytest.mark.usefixtures("logged")  # not on the command's standard output


@pytest.fixture(autouse=True)
def apart(tmp_path, monkeypatch):
    """No `aldea up` has run here, and there is no sign-in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in ("ALDEA_DATABASE_URL", "ALDEA_BACKEND_URL", "ALDEA_API_KEY"):
        monkeypatch.delenv(name, raising=False)


async def login(running: Running, person: Person) -> Ran:
    return await aldea(
        "login", "--url", running.url, "--email", person.email, stdin=PASSWORD + "\n"
    )


@pytest.fixture
async def ann(running):
    """A person who is signed in at the command line too."""
    person = await running.person("ann")
    assert (await login(running, person)).status == 0
    return person


def fails(ran: Ran, status: int, *says: str) -> None:
    """One line, nothing on standard output."""
    assert (ran.status, ran.out) == (status, ""), ran
    assert ran.err.startswith("aldea: ")
    assert ran.err.count("\n") == 1, ran.err
    for part in says:
        assert part in ran.err


class TestLogin:
    async def test_sign_in_is_kept_and_the_password_is_not(self, running):
        ran = await login(running, await running.person())

        assert (ran.status, ran.err) == (0, "")
        assert ran.out == f"Signed in to {running.url} as ann@example.com.\n"
        file = profiles_file()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert PASSWORD not in file.read_text()

    async def test_wrong_password_keeps_nothing(self, running):
        person = await running.person()
        ran = await aldea(
            "login", "--url", running.url, "--email", person.email, stdin="wrong password\n"
        )

        fails(ran, 4, "The address or the password is wrong")
        assert not profiles_file().exists()

    async def test_key_signs_in_as_its_org(self, running):
        ann = await running.person()
        made = await ann.post(f"/v1/orgs/{ann.org}/keys", {"name": "k", "scopes": ["admin"]})
        key = made.json["key"]
        ran = await aldea("login", "--url", running.url, "--with-key", stdin=key)

        assert ran.out == f"Signed in to {running.url} as a key of ann.\n"
        assert json.loads((await aldea("members", "--json")).out)["items"][0]["email"] == ann.email
        assert key not in ran.out + ran.err
        fails(await aldea("login", "--url", running.url, "--with-key", stdin="org_x"), 4)
        await ann.call("DELETE", f"/v1/orgs/{ann.org}/keys/{made.json['api_key']['id']}")
        fails(await aldea("keys"), 4, "does not accept the key")

    async def test_logout_ends_the_sign_in_at_the_backend(self, running, ann):
        token = read_profiles().of().token
        ran = await aldea("logout")

        assert (ran.status, ran.out) == (0, f"Signed out of {running.url}.\n")
        gone = await Person(running.client, token=token).get("/v1/me")
        assert gone.status == 401
        assert (await ann.get("/v1/me")).status == 200
        fails(await aldea("logout"), 4, "not signed in")
        fails(await aldea("usage"), 4, "aldea login --url")

    async def test_logout_without_a_backend_forgets_and_says_so(self, running, ann):
        profiles_file().write_text(
            profiles_file().read_text().replace(running.url, "http://127.0.0.1:9")
        )
        fails(await aldea("logout"), 3, "forgotten here", "valid until")
        assert read_profiles().of() is None

    async def test_sign_in_that_ended_elsewhere_is_explained(self, running, ann):
        await ann.call("DELETE", "/v1/me/sign-ins")
        fails(await aldea("keys"), 4, f"aldea login --url {running.url}")
        assert (await aldea("status")).status == 4
        assert (await aldea("logout")).status == 0

    async def test_each_backend_has_its_own_sign_in(self, running, ann):
        """
        A token goes to the backend that it is of.
        """
        fails(await aldea("keys", "--url", "http://127.0.0.1:9"), 4, "aldea login --url")
        assert (await aldea("keys", "--url", running.url + "/")).status == 0

    @pytest.mark.parametrize(
        ("options", "stdin", "says"),
        [
            ((), "", "--url"),
            (("--url", "gpu-1"), "", "is not like https://"),
            (("--url", "http://[::1"), "", "is not like https://"),
            (("--url", "http://gpu-1:99999"), "", "is not like https://"),
            (("--url", "http://127.0.0.1:9"), "", "--email"),
            (("--url", "http://127.0.0.1:9", "--with-key", "--email", "a@b"), "", "without an"),
        ],
    )
    async def test_incomplete_command_is_one_line(self, options, stdin, says):
        fails(await aldea("login", *options, stdin=stdin), 2, says)

    async def test_nothing_to_read_is_one_line(self):
        fails(await aldea("login", "--url", "http://127.0.0.1:9", "--with-key"), 1, "nothing")
        unreachable = ("login", "--url", "http://127.0.0.1:9", "--email", "a@example.com")
        fails(await aldea(*unreachable, stdin="x"), 3, "no server listens there")


class TestKeys:
    async def test_key_is_made_rotated_and_revoked(self, running, ann):
        made = await aldea("keys", "create", "--name", "laptop")
        keys = json.loads((await aldea("keys", "--json")).out)["items"]
        rotated = await aldea("keys", "rotate", "laptop", "--overlap-hours", "0", "--json")
        new = json.loads(rotated.out)
        gone = await aldea("keys", "revoke", new["api_key"]["id"])
        listed = (await ann.get(f"/v1/orgs/{ann.org}/keys")).json

        assert made.status == rotated.status == gone.status == 0
        assert made.out.startswith("org_")
        assert made.out.strip() not in made.err
        assert keys[-1]["name"] == "laptop"
        assert json.loads((await aldea("keys", "--json")).out) == listed
        assert [key["works"] for key in listed["items"] if key["name"] == "laptop"] == [False] * 2
        table = (await aldea("keys")).out
        assert made.out.strip() not in table
        assert len(table.splitlines()) == len(listed["items"]) + 1

    async def test_revoking_a_revoked_key_says_since_when(self, ann):
        await aldea("keys", "create", "--name", "laptop")
        first = await aldea("keys", "revoke", "laptop")
        (key,) = [
            one
            for one in (await ann.get(f"/v1/orgs/{ann.org}/keys")).json["items"]
            if one["name"] == "laptop"
        ]
        again = await aldea("keys", "revoke", "laptop")
        as_json = await aldea("keys", "revoke", "laptop", "--json")
        since = key["revoked_at"]

        assert first.out.startswith(f"Revoked {key['id']}.")
        assert again.out == f"{key['id']} has been revoked since {since}; nothing changed.\n"
        assert (first.status, again.status, as_json.status) == (0, 0, 0)
        assert json.loads(as_json.out) == {"id": key["id"], "revoked": True, "revoked_at": since}

    async def test_refusals_say_what_is_wrong(self, ann):
        fails(await aldea("keys", "create", "--name", " "), 1, "name: ")
        fails(await aldea("keys", "create", "--scope", "listen"), 1, "scopes[0]: ")
        fails(await aldea("keys", "revoke", "nothing"), 1, "no key 'nothing'")
        fails(await aldea("keys", "revoke"), 2, "NAME|ID")

    async def test_lists_have_all_pages(self, ann):
        """
        A page has 100 items at most.
        """
        for n in range(101):
            made = await ann.post(f"/v1/orgs/{ann.org}/keys", {"name": f"key {n}"})
            assert made.status == 201
        found = json.loads((await aldea("keys", "--json")).out)

        assert len({key["id"] for key in found["items"]}) >= 101
        assert found["next"] is None


class TestOrgs:
    async def test_several_orgs_need_a_name(self, ann):
        await ann.post("/v1/orgs", {"name": "Beta"})

        fails(await aldea("keys"), 2, "2 organisations", "--org", "ann, Beta")
        assert (await aldea("keys", "--org", "beta")).status == 0
        assert (await aldea("keys", "--org", ann.org)).status == 0
        fails(await aldea("keys", "--org", "bета"), 1, "no organisation")
        fails(await aldea("keys", "--org", "betta"), 1, "Did you mean Beta?")
        orgs = json.loads((await aldea("orgs", "--json")).out)
        assert orgs == (await ann.get("/v1/orgs")).json

    async def test_org_of_others_is_unknown(self, running, ann):
        eve = await running.person("eve")

        fails(await aldea("usage", "--org", eve.org), 1, "no organisation", "ann")

    async def test_names_break_no_table(self, ann):
        name = "株式会社 [red]\u200f\u200b{} %s"
        await ann.post("/v1/orgs", {"name": name})
        table = (await aldea("orgs")).out

        assert r"株式会社 [red]\u200f\u200b{} %s" in table
        assert len(table.splitlines()) == 3
        assert (await aldea("members", "--org", name)).status == 0


class TestUsage:
    async def test_usage_and_requests_are_what_the_api_answers(self, running, ann):
        """
        For people, with costs; unused days are left out.
        """
        org = OrgId(ann.org)
        began = running.services.stores.clock().now() - timedelta(seconds=90)
        used = [record(f"s{n}", org=org, started=began, audio_ms=60_000) for n in range(120)]
        await running.services.stores.ledger().record(used)
        base = f"/v1/orgs/{ann.org}"
        since = f"{began:%Y-%m-%d}"

        groups = json.loads((await aldea("usage", "--by", "key,kind", "--json")).out)
        there = (await ann.get(f"{base}/usage/groups?by=key,kind")).json
        assert groups | {"until_at": ""} == there | {"until_at": ""}
        table = (await aldea("usage", "--by", "day", "--since", since)).out.splitlines()
        assert table[2].split()[1:5] == ["120", "0", "2", "h"]
        assert table[-1].endswith(" USD")
        listed = json.loads((await aldea("requests", "--all", "--since", since, "--json")).out)
        assert len({one["id"] for one in listed["items"]}) == 120
        assert listed["next"] is None
        first = json.loads((await aldea("requests", "--since", since, "--json")).out)
        assert first == (await ann.get(f"{base}/requests?since={since}&limit=50")).json
        shown = await aldea("requests", "--since", since, "--limit", "101")
        assert (len(shown.out.splitlines()), "more than 101" in shown.err) == (102, True)
        csv = await aldea("requests", "--csv", "--since", since)
        assert len(csv.out.splitlines()) == 121
        one = json.loads((await aldea("requests", "show", "s119", "--json")).out)
        assert one == (await ann.get(f"{base}/requests/s119")).json
        assert "s119" in (await aldea("requests", "show", "s119")).out

    async def test_refusals_are_the_backends(self, ann):
        fails(await aldea("usage", "--by", "colour"), 1, "by: ")
        fails(await aldea("usage", "--since", "lately"), 1, "since: ")
        fails(await aldea("requests", "show", "nope"), 1, "no such request")
        fails(await aldea("requests", "--csv", "--since", "lately"), 1, "since: ")


class TestAlerts:
    async def test_thresholds_are_shown_and_set(self, ann):
        first = await aldea("alerts", "thresholds")
        await aldea("alerts", "thresholds", "90", "60")
        there = (await ann.get(f"/v1/orgs/{ann.org}/alerts")).json

        assert first.out.startswith("Warned at ")
        assert sorted(there["thresholds"]) == [60, 90]
        assert json.loads((await aldea("alerts", "thresholds", "--json")).out) == there
        assert (await aldea("alerts", "thresholds", "--none")).out == "Never warned.\n"
        fails(await aldea("alerts", "thresholds", "101"), 2, "101")
        assert json.loads((await aldea("alerts", "--json")).out) == {"items": [], "next": None}


class TestSessions:
    async def test_end_needs_ids_or_all(self, running, ann):
        fails(await aldea("sessions", "end"), 2, "--all")
        fails(await aldea("sessions", "end", "x", "--all"), 2, "--all")
        fails(await aldea("sessions", "end", "../keys"), 1, "(404)")
        fails(await aldea("sessions", "end", "x"), 1, "no such session")
        assert (await aldea("sessions", "end", "--all")).out == "There are none.\n"


class TestUnreachable:
    async def test_another_server_is_not_taken_for_a_backend(self, running, ann, monkeypatch):
        monkeypatch.setenv("ALDEA_API_KEY", "org_x")
        with_page = ("--url", running.url + "/elsewhere")

        fails(await aldea("keys", *with_page), 1, "404", "There is nothing at this address")

    async def test_key_of_the_environment_goes_to_the_named_backend(self, running, monkeypatch):
        ann = await running.person()
        made = await ann.post(f"/v1/orgs/{ann.org}/keys", {"name": "k", "scopes": ["admin"]})
        monkeypatch.setenv("ALDEA_API_KEY", made.json["key"])

        fails(await aldea("keys"), 4, "aldea login")
        monkeypatch.setenv("ALDEA_BACKEND_URL", running.url)
        assert (await aldea("keys")).status == 0


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (("keys", "lst"), 2, "Did you mean 'list'?"),
        (("transcibe",), 2, "Did you mean 'transcribe'?"),
        (("keys", "create", "--nmae", "x"), 2, "Did you mean one of: '--model', '--name'?"),
        (("invoices", "list", "nope"), 2, "nope"),
        (("invoices", "nope"), 2, "nope"),
        (("requests", "--limit", "0"), 2, "--limit"),
        (("requests", "--csv", "--json"), 2, "--csv"),
        (("keys", "--url", "http://127.0.0.1:9", "--local"), 2, "--local"),
        (("keys", "--data", "elsewhere"), 4, "elsewhere"),
        (("status",), 3, "aldea up"),
        (("status", "--url", "nothing"), 2, "https://"),
    ],
)
async def test_wrong_command_is_one_line(arguments, status, says):
    fails(await aldea(*arguments), status, says)
