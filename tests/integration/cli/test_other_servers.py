"""Commands that ask a server which is not the backend, or one of another version."""

import pytest

from aiohttp import web
from tests.servers.command_line import aldea

from aldea_core.domain.access.keys import KeySecret
from entrypoints.http.server import serving


KEY = KeySecret.mint(bytes(24)).reveal()
COMMANDS = ("keys list", "usage", "requests", "sessions", "invoices list", "members", "orgs list")


@pytest.fixture
async def ask(monkeypatch):
    """Runs a command against a server that answers everything with *body* and *status*."""
    monkeypatch.setenv("ALDEA_API_KEY", KEY)

    async def ask(command: str, body: str, status: int = 200, **more: str):
        async def answer(request: web.Request) -> web.Response:
            await request.read()
            text = more.get(request.path.rpartition("/")[2], body)
            return web.Response(status=status, text=text, content_type="application/json")

        app = web.Application()
        app.router.add_route("*", "/{path:.*}", answer)
        async with serving(app, "127.0.0.1", 0) as port:
            return await aldea(*command.split(), "--url", f"http://127.0.0.1:{port}")

    return ask


@pytest.mark.parametrize("body", ["<html>", "[1]", "null", '"text"', "{}", '{"items": null}'])
@pytest.mark.parametrize("command", COMMANDS)
async def test_error_says_what_to_check(ask, command, body):
    """
    In a line.
    """
    failed = await ask(command, body)

    assert (failed.status, failed.out) == (1, "")
    assert "Is it the right --url, and a backend of this version?" in failed.err
    assert failed.err.count("\n") == 1


@pytest.mark.parametrize(
    ("page", "why"),
    [
        ('{"items": null, "next": null}', "has no list of items"),
        ('{"items": [], "next": "more"}', "is a list without an end"),
        ('{"items": [{}], "next": "more"}', "is a list without an end"),
    ],
)
async def test_odd_page_of_a_list_is_named(ask, page, why):
    """
    Once the organisation is known, and without asking for pages for ever.
    """
    projects = '{"projects": [{"project_id": "acme", "name": "Acme"}]}'
    failed = await ask("keys list", page, projects=projects)

    assert failed.status == 1
    assert why in failed.err


@pytest.mark.parametrize(
    "body",
    ["<html>", "[1]", "{}", '{"detail": "no", "errors": ["no"]}', "[" * 100_000],
    ids=["html", "list", "empty", "errors", "deep"],
)
async def test_odd_refusal_says_what_to_check(ask, body):
    """
    Proxies and other frameworks have bodies of their own.
    """
    failed = await ask("keys list", body, status=400)

    assert (failed.status, failed.out) == (1, "")
    assert "says 400. Is it the backend's address?" in failed.err
