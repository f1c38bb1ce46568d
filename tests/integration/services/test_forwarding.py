"""One address for the API and for the calls by which Deepgram's clients manage projects."""

import json

import aiohttp
import attrs
import pytest

from aiohttp import web
from tests.servers.gateway import MEMORY, gateway
from tests.servers.raw import exchange

from adapters.local_servers.server import free_port
from entrypoints.http.server import serving


ORIGIN = "https://platform.example"


async def repeat(request: web.Request) -> web.Response:
    """Answers with what was asked."""
    document = {
        "method": request.method,
        "path": request.raw_path,
        "headers": {name.lower(): value for name, value in request.headers.items()},
        "body": (await request.read()).decode(),
    }
    headers = {"dg-request-id": "of the backend", "ETag": '"1"'}
    return web.json_response(document, status=418, headers=headers)


@pytest.fixture
async def served():
    backend = web.Application()
    backend.router.add_route("*", "/{rest:.*}", repeat)
    async with serving(backend, "127.0.0.1", 0) as port:
        settings = attrs.evolve(
            MEMORY, backend_url=f"http://127.0.0.1:{port}", dashboard_origins=(ORIGIN,)
        )
        async with gateway(settings) as running:
            yield running


@pytest.fixture
async def http():
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "PUT", "DELETE"])
async def test_call_arrives_as_it_was_sent(served, http, method):
    path = "/v1/projects/a%20b/keys?x=1%2F2&x=3"
    async with http.request(
        method,
        aiohttp.client.URL(served.url + path, encoded=True),
        data=None if method == "GET" else b'{"comment":"x"}',
        headers={**served.auth, "X-Forwarded-For": "203.0.113.9", "Content-Type": "text/x"},
    ) as answer:
        said = await answer.json()

    assert (answer.status, said["method"], said["path"]) == (418, method, path)
    assert said["body"] == ("" if method == "GET" else '{"comment":"x"}')
    assert said["headers"]["authorization"] == served.auth["Authorization"]
    assert said["headers"]["content-type"] == "text/x"
    assert said["headers"]["x-forwarded-for"]
    assert answer.headers["dg-request-id"] == "of the backend"
    assert answer.headers["ETag"] == '"1"'


async def test_preflights_are_answered_by_the_gateway(served, http):
    asks = {"Origin": ORIGIN, "Access-Control-Request-Method": "DELETE"}
    async with http.options(served.url + "/v1/projects/a", headers=asks) as answer:
        assert answer.status == 204
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    async with http.get(served.url + "/v1/projects", headers={"Origin": ORIGIN}) as answer:
        assert answer.headers.getall("Access-Control-Allow-Origin") == [ORIGIN]


@pytest.mark.parametrize(
    "path",
    ["/v1/projects/../orgs", "/v1/projects/%2e%2e/orgs", "/v1/projects/%2E./orgs", "/v1/orgs"],
)
async def test_nothing_else_is_forwarded(served, path):
    request = f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode()

    assert (await exchange(served.port, request)).status == 404


async def test_absent_backend_is_503(http):
    settings = attrs.evolve(MEMORY, backend_url=f"http://127.0.0.1:{free_port()}")
    async with gateway(settings) as served, http.get(served.url + "/v1/projects") as answer:
        said = json.loads(await answer.read())

    assert (answer.status, said["err_code"]) == (503, "SERVICE_UNAVAILABLE")
    assert int(answer.headers["Retry-After"]) > 0


async def test_gateway_without_a_backend_knows_no_projects(http):
    async with gateway() as served, http.get(served.url + "/v1/projects") as answer:
        assert answer.status == 404
