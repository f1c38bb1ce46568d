"""The official Python SDK's management client, against a running backend."""

import asyncio
import json
import subprocess

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import httpx
import pytest

from deepgram import DeepgramClient
from deepgram.core.api_error import ApiError
from deepgram.environment import DeepgramClientEnvironment
from tests.contract.values import record
from tests.servers.services import serving
from tests.servers.up import ALDEA

from adapters.postgres.engine import connect
from adapters.postgres.usage import SqlUsageLedger
from aldea_core.domain.access.limits import SessionKind
from aldea_core.domain.ids import OrgId


pytestmark = pytest.mark.slow

MINUTE = 60_000


@attrs.frozen
class Served:
    """A backend with one org that has a key for everything."""

    url: str
    database: str
    org: str
    key: str

    @contextmanager
    def client(self, key: str = "") -> Iterator[DeepgramClient]:
        environment = DeepgramClientEnvironment(
            base=self.url, production=self.url, agent=self.url, agent_rest=self.url
        )
        with httpx.Client() as http:
            yield DeepgramClient(
                api_key=key or self.key, environment=environment, httpx_client=http
            )

    def use(self, *records) -> None:
        async def write() -> None:
            engine = connect(self.database)
            mine = [attrs.evolve(one, org=OrgId(self.org)) for one in records]
            await SqlUsageLedger(engine).record(mine)
            await engine.dispose()

        asyncio.run(write())


def aldea(*arguments: str) -> Any:
    done = subprocess.run([ALDEA, *arguments, "--json"], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def services(tmp_path_factory):
    database = f"sqlite:///{tmp_path_factory.mktemp('services')}/aldea.db"
    with serving("backend", ALDEA_DATABASE_URL=database) as service:
        (org,) = aldea("orgs", "create", "Acme", "--database-url", database)
        key = aldea(
            *("keys", "create", "--name", "all", "--scope", "owner"),
            *("--database-url", database),
        )
        yield Served(service.url, database, org["id"], key["key"])


@pytest.fixture
def manage(services):
    with services.client() as client:
        yield client.manage.v1


def test_project_is_the_keys_org(services, manage):
    (project,) = manage.projects.list().projects

    assert (project.project_id, project.name) == (services.org, "Acme")
    assert manage.projects.get(services.org).name == "Acme"
    manage.projects.update(services.org, name="Acme Ltd")
    assert manage.projects.get(services.org).name == "Acme Ltd"
    manage.projects.update(services.org, name="Acme")


def test_keys_are_listed_made_and_deleted(services, manage):
    """
    A new key works at once and is listed without its secret; a deleted key is gone.
    """
    keys = manage.projects.keys
    before = {item.api_key.api_key_id for item in keys.list(services.org).api_keys}

    made = keys.create(
        services.org,
        request={
            "comment": "made by the SDK",
            "scopes": ["keys:read", "project:read"],
            "tags": ["a"],
            "time_to_live_in_seconds": 3600,
        },
    )

    assert made.key.startswith("org_")
    assert made.comment == "made by the SDK"
    assert set(made.scopes) == {"keys:read", "project:read"}
    left = made.expiration_date - datetime.now(UTC)  # noqa: TID251 (the backend's clock is real)
    assert timedelta(minutes=59) < left <= timedelta(hours=1)
    listed = {item.api_key.api_key_id: item.api_key for item in keys.list(services.org).api_keys}
    assert listed.keys() == before | {made.api_key_id}
    assert listed[made.api_key_id].comment == "made by the SDK"
    got = keys.get(services.org, made.api_key_id)
    assert got.item.member.api_key.api_key_id == made.api_key_id
    assert made.key not in f"{listed} {got}"
    with services.client(made.key) as other:
        assert len(other.manage.v1.projects.keys.list(services.org).api_keys) == len(listed)

    assert keys.delete(services.org, made.api_key_id).message

    after = {item.api_key.api_key_id for item in keys.list(services.org).api_keys}
    assert after == before
    with services.client(made.key) as other, pytest.raises(ApiError) as refused:
        other.manage.v1.projects.list()
    assert refused.value.status_code == 401
    assert refused.value.body["err_code"] == "INVALID_AUTH"


def test_key_cannot_mint_or_delete_a_more_powerful_key(services, manage):
    keys = manage.projects.keys
    small = keys.create(
        services.org, request={"comment": "small", "scopes": ["keys:read", "keys:write"]}
    )
    (owner,) = [
        item.api_key
        for item in keys.list(services.org).api_keys
        if item.api_key.scopes == ["owner"]
    ]
    with services.client(small.key) as client:
        mine = client.manage.v1.projects.keys
        for work in (
            lambda: mine.create(services.org, request={"comment": "big", "scopes": ["admin"]}),
            lambda: mine.delete(services.org, owner.api_key_id),
            lambda: client.manage.v1.projects.usage.get(services.org),
        ):
            with pytest.raises(ApiError) as refused:
                work()
            assert refused.value.status_code == 403
            assert refused.value.body["err_code"] == "INSUFFICIENT_PERMISSIONS"
        assert mine.create(services.org, request={"comment": "x", "scopes": ["keys:read"]}).key
        assert mine.delete(services.org, small.api_key_id).message


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"comment": "x", "scopes": []},
        {"comment": "x", "scopes": ["everything"]},
        {"comment": "x", "scopes": "owner"},
        {"comment": "", "scopes": ["owner"]},
        {"comment": "x", "scopes": ["owner"], "time_to_live_in_seconds": 0},
        {"comment": "x", "scopes": ["owner"], "expiration_date": "tomorrow"},
        {"comment": "x", "scopes": ["owner"], "expiration_date": "2020-01-01"},
    ],
)
def test_invalid_key_request_is_refused_in_words(services, manage, wrong):
    with pytest.raises(ApiError) as refused:
        manage.projects.keys.create(services.org, request=wrong)

    assert refused.value.status_code == 400
    assert refused.value.body["err_msg"]


def test_another_project_is_not_found(services, manage):
    """
    By every call.
    """
    other = "1c7c7b6e-0000-4000-8000-00000000dead"
    for work in (manage.projects.get, manage.projects.keys.list, manage.projects.usage.get):
        with pytest.raises(ApiError) as refused:
            work(other)
        assert refused.value.status_code == 404
        assert refused.value.body["err_code"] == "NOT_FOUND"


def test_members_and_invitations(services, manage):
    """
    A person is invited, listed, and uninvited.
    """
    people = manage.projects.members
    assert people.list(services.org).members == []

    people.invites.create(services.org, email="Bob@example.com", scope="member")
    (invite,) = people.invites.list(services.org).invites
    assert (invite.email, invite.scope) == ("bob@example.com", "member")
    people.invites.delete(services.org, "bob@example.com")

    assert people.invites.list(services.org).invites == []
    with pytest.raises(ApiError) as refused:
        people.invites.create(services.org, email="eve@example.com", scope="owner")
    assert refused.value.status_code == 403


def test_usage_in_hours_requests_and_models(services, manage):
    """
    What was used, in hours; request by request; and the models that were.
    """
    today = datetime.now(UTC).replace(microsecond=0)  # noqa: TID251 (the backend's clock is real)
    services.use(
        record("u1", audio_ms=90 * MINUTE, started=today),
        record(
            "u2",
            audio_ms=30 * MINUTE,
            started=today,
            kind=SessionKind.FILE,
            status=200,
            model="large",
        ),
        record(
            "u3",
            audio_ms=0,
            started=today - timedelta(seconds=1),
            kind=SessionKind.FILE,
            status=503,
        ),
    )
    start = f"{today - timedelta(days=1):%Y-%m-%d}"
    end = f"{today:%Y-%m-%d}"

    usage = manage.projects.usage.get(services.org, start=start, end=end)
    assert (usage.start, usage.resolution.units) == (start, "day")
    breakdown = manage.projects.usage.breakdown.get(
        services.org, start=start, end=end, grouping="models"
    )
    hours = {item.grouping.models[0]: item.hours for item in breakdown.results}
    assert hours == {"large": 0.5, "memory": 1.5}
    assert sum(item.requests for item in breakdown.results) == 3
    by_key = manage.projects.usage.breakdown.get(
        services.org, start=start, end=end, grouping="accessor"
    )
    assert [item.grouping.accessor for item in by_key.results] == ["key-a"]

    first = manage.projects.requests.list(services.org, limit=2, page=0)
    second = manage.projects.requests.list(services.org, limit=2, page=1)
    found = [request.request_id for request in first.requests + second.requests]
    assert found == ["u2", "u1", "u3"]
    assert second.requests[0].code == 503
    failed = manage.projects.requests.list(services.org, status="failed").requests
    assert [request.request_id for request in failed] == ["u3"]
    assert manage.projects.requests.get(services.org, "u1").request.api_key_id == "key-a"
    fields = manage.projects.usage.fields.list(services.org)
    assert {model.name for model in fields.models} == {"large", "memory"}


def test_no_balance_without_a_spending_cap(services, manage):
    """
    There are none without a spending cap.
    """
    assert manage.projects.billing.balances.list(services.org).balances == []
    with pytest.raises(ApiError) as refused:
        manage.projects.billing.balances.get(services.org, "cap-2026-10")
    assert refused.value.status_code == 404


def test_models_by_name_and_id(manage, services):
    (model,) = manage.models.list().stt

    assert model.name == "general"
    assert manage.models.get(model.uuid_).name == "general"
    assert [known.name for known in manage.projects.models.list(services.org).stt] == ["general"]
