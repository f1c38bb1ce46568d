"""The agent's endpoint for task protection, spoken to on loopback."""

from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from aiohttp import web

from adapters.ecs.task_protection import EcsTaskProtection
from aldea_core.domain.errors import Unavailable


EXPIRES = datetime(2026, 1, 1, 12, 5, tzinfo=UTC)
_TASK = {"TaskArn": "arn:aws:ecs:us-west-2:111111111111:task/prod-ws-proxy/1"}


class Agent:
    """Keeps one task's protection as the agent of ECS does."""

    def __init__(self) -> None:
        self.is_protected = False
        self.minutes = 0
        self.answer: str | None = None

    async def state(self, request: web.Request) -> web.Response:
        if self.answer is not None:
            return web.Response(status=400, text=self.answer)
        if request.method == "PUT":
            body = await request.json()
            self.is_protected = body["ProtectionEnabled"]
            self.minutes = body.get("ExpiresInMinutes", 0)
        expires = {"ExpirationDate": EXPIRES.strftime("%Y-%m-%dT%H:%M:%SZ")}
        protection = {"ProtectionEnabled": self.is_protected, **_TASK}
        return web.json_response(
            {"protection": protection | (expires if self.is_protected else {})}
        )


@asynccontextmanager
async def _agent():
    agent, app = Agent(), web.Application()
    app.router.add_route("*", "/api/1/task-protection/v1/state", agent.state)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port = runner.addresses[0][1]
        yield agent, EcsTaskProtection(f"http://127.0.0.1:{port}/api/1")
    finally:
        await runner.cleanup()


async def test_task_is_protected_and_released():
    """
    With the minutes that were asked for.
    """
    async with _agent() as (agent, protection):
        assert await protection.until() is None
        assert await protection.protect(7) == EXPIRES
        assert (agent.is_protected, agent.minutes) == (True, 7)
        assert await protection.until() == EXPIRES
        await protection.release()
        assert await protection.until() is None


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ('{"error": {"Arn": "a", "Code": "AccessDenied", "Message": "no"}}', "AccessDenied: no"),
        ('{"failure": {"Arn": "a", "Reason": "DEPLOYMENT_BLOCKED"}}', "DEPLOYMENT_BLOCKED"),
        (
            '{"protection": {"ProtectionEnabled": true, "ExpirationDate": "soon"}}',
            "'soon' is no date",
        ),
        ("[]", "its answer is malformed"),
        ("", "its answer is malformed"),
        ("<html>", "Expecting value"),
    ],
)
async def test_refusal_has_its_reason(answer, why):
    """
    The runner of jobs logs it once.
    """
    async with _agent() as (agent, protection):
        agent.answer = answer
        with pytest.raises(Unavailable) as caught:
            await protection.protect(1)
    assert why in caught.value.in_full


async def test_agent_that_is_away_is_unavailable():
    """
    Not an error of the gateway.
    """
    async with _agent() as (_, protection):
        pass
    with pytest.raises(Unavailable):
        await protection.until()
