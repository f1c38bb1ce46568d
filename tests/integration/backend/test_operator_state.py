"""The platform's state, for operators: what was not measured is null, never zero."""

import attrs
import pytest

from tests.integration.backend.test_operators import operator
from tests.integration.backend.world import billed, used
from tests.servers.backend import SETTINGS, backend
from tests.servers.gateway import gateway

from adapters.local_servers.server import free_port
from aldea_core.domain.ids import OrgId
from aldea_core.domain.samples import DRIFT, OUTBOX, Sample


async def state_of(running, olga) -> dict:
    answer = await olga.get("/v1/operator/state")
    assert answer.status == 200
    return answer.json


async def test_sync_is_not_measured_where_no_sync_runs(running):
    """
    What db-sync measures is null; what the backend counts itself is known.
    """
    olga = await operator(running)
    await running.delivered()
    state = await state_of(running, olga)

    for name in ("outbox_changes", "outbox_age_ms", "drifted_orgs", "sync_lag_ms"):
        assert state[name] == {"value": None, "measured_at": None}, name
    for name in ("unbilled_ms", "emails_waiting", "emails_failed", "emails_age_ms"):
        assert (state[name]["value"], state[name]["measured_at"]) == (0, state["measured_at"]), name


async def test_measures_of_other_processes_are_shown(running):
    """
    Until they are too old; then since when there are none.
    """
    olga = await operator(running)
    services = running.services
    now, samples = services.stores.clock().now(), services.stores.samples()
    await samples.put(
        [
            Sample(OUTBOX, now, {"changes": 2, "age": 0.4}),
            Sample(DRIFT, now.replace(year=now.year - 1), {"orgs": 0}),
        ]
    )
    await olga.post(f"/v1/orgs/{olga.org}/keys", {"name": "k"})
    state = await state_of(running, olga)

    assert (state["outbox_changes"]["value"], state["outbox_age_ms"]["value"]) == (2, 400)
    assert state["drifted_orgs"]["value"] is None
    assert state["drifted_orgs"]["measured_at"] is not None
    assert state["sync_lag_ms"]["value"] is not None


async def test_audio_that_no_invoice_has_is_shown(running):
    """
    Of months whose invoices are due.
    """
    olga = await operator(running)
    await used(running.services, olga.org, months_ago=3)
    await used(running.services, olga.org, months_ago=0)

    assert (await state_of(running, olga))["unbilled_ms"]["value"] == 3_600_000
    await billed(running.services, OrgId(olga.org), months_ago=3)
    assert (await state_of(running, olga))["unbilled_ms"]["value"] == 0


@pytest.fixture
async def with_engines():
    """A backend that knows an engine that lives and one that does not."""
    async with gateway(is_engine=True) as engine:
        urls = (engine.url, f"http://127.0.0.1:{free_port()}")
        async with backend(attrs.evolve(SETTINGS, ws_engines=urls)) as running:
            yield running


async def test_engines_are_shown_now_and_over_time(with_engines):
    """
    With their load, if they answer.
    """
    olga = await operator(with_engines)
    await with_engines.services.operators.sample_engines()()
    alive, away = (await olga.get("/v1/operator/engines")).json["items"]
    history = (await olga.get("/v1/operator/engines/history?hours=1&step_minutes=30")).json["items"]

    assert alive["sessions"] == 0
    assert alive["capacity"] > 0
    assert (away["is_alive"], away["sessions"], away["behind_ms"]) == (False, None, None)
    assert [one["name"] for one in history] == [alive["name"], away["name"]]
    for one, failures, sessions in zip(history, (0, 1), (0, None), strict=True):
        before, now = one["periods"]
        assert (before["samples"], before["failures"], before["sessions"]) == (0, None, None)
        assert (now["failures"], now["sessions"]) == (failures * now["samples"], sessions)
