"""
A client that openapi-python-client generates from the backend's document, against a backend.

Its times and enumerations are typed, and calls work without code of ours.
"""

import asyncio
import importlib
import json
import os
import subprocess
import sys

from datetime import UTC, datetime
from pathlib import Path

import pytest


_BIN = Path(sys.executable).parent
_PACKAGE = "generated_aldea_client"
# The generator knows no PDF, and warns of one: the bytes are kept as they come.
_CONFIG = {"content_type_overrides": {"application/pdf": "application/octet-stream"}}


@pytest.fixture
async def generated(running, tmp_path, monkeypatch):
    """Imports the client's modules, by their names within its package."""
    document, config = tmp_path / "openapi.json", tmp_path / "config.json"
    document.write_text((await running.anonymous().get("/openapi.json")).text)
    config.write_text(json.dumps(_CONFIG))
    done = await asyncio.to_thread(
        subprocess.run,
        [
            str(_BIN / "openapi-python-client"),
            "generate",
            "--fail-on-warning",
            "--meta=none",
            f"--path={document}",
            f"--config={config}",
            f"--output-path={tmp_path / _PACKAGE}",
        ],
        env={**os.environ, "PATH": f"{_BIN}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=540,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    monkeypatch.syspath_prepend(str(tmp_path))
    yield lambda name: importlib.import_module(f"{_PACKAGE}.{name}")
    for name in [name for name in sys.modules if name.partition(".")[0] == _PACKAGE]:
        del sys.modules[name]


@pytest.mark.timeout(600)
async def test_generated_client_has_typed_times_and_enumerations(running, generated):
    """
    And typed errors; a person's token works with it, and a key.
    """
    ann = await running.person()
    models, client, pdf = (
        generated(name) for name in ("models", "client", "api.invoices.get_invoice_pdf")
    )
    wanted = models.NewKey(
        name="robot",
        scopes=[models.Scope.USAGEREAD],
        expires_at=datetime(2100, 1, 1, tzinfo=UTC),
    )
    async with client.AuthenticatedClient(base_url=running.url, token=ann.token) as signed_in:

        async def call(name: str, *path: str, **more: object):
            return await generated(f"api.{name}").asyncio(*path, client=signed_in, **more)

        me = await call("oneself.get_caller")
        orgs = await call("organisations.get_orgs")
        made = await call("api_keys.post_key", ann.org, body=wanted)
        listed = await call("api_keys.get_keys", ann.org)
        one = await call("api_keys.get_key", ann.org, made.api_key.id)
        members = await call("members.get_members", ann.org)
        limits = await call("limits.get_limits", ann.org)
        overview = await call("usage.get_overview", ann.org)
        usage = await call("usage.get_usage_groups", ann.org, by="day")
        audit = await call("audit_log.get_audit", ann.org)
        missing = await call("invoices.get_invoice_pdf", ann.org, "none")
    async with client.AuthenticatedClient(base_url=running.url, token=made.key) as with_key:
        itself = await generated("api.oneself.get_caller").asyncio(client=with_key)

    assert isinstance(me, models.Me)
    assert me.created_at.tzinfo is not None
    (org,) = orgs.items
    assert (org.role, org.status) == (models.Role.OWNER, models.OrgStatus.ACTIVE)
    assert one.expires_at == datetime(2100, 1, 1, tzinfo=UTC)
    assert one.scopes == [models.Scope.USAGEREAD]
    assert "robot" in {each.name for each in listed.items}
    assert isinstance(members.items[0].joined_at, datetime)
    assert limits.concurrent_live > 0
    assert isinstance(overview.measured_at, datetime)
    assert isinstance(usage.since_at, datetime)
    assert {type(entry.actor.kind) for entry in audit.items} == {models.ActorKind}
    assert isinstance(missing, models.Problem)
    assert missing.status == 404
    assert isinstance(itself, models.KeyIdentity)
    assert itself.org_id == ann.org
    # Read as text, a PDF would be damaged.
    assert generated("types").File in pdf.asyncio.__annotations__["return"].__args__
