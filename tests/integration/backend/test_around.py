"""What surrounds every response: headers, ids, origins, documents, metrics."""

import base64
import hashlib
import json
import re

import attrs
import pytest

from tests.servers.backend import SETTINGS, backend

from entrypoints.backend.pipeline.problems import ProblemKind
from entrypoints.http import docs_page


ORIGIN = "https://platform.example"


@pytest.fixture
async def with_dashboard():
    settings = attrs.evolve(SETTINGS, dashboard_origins=(ORIGIN,))
    async with backend(settings) as running:
        yield running


@pytest.mark.parametrize("path", ["/v1/me", "/nowhere", "/docs", "/openapi.json", "/healthz"])
async def test_every_response_has_security_headers(running, path):
    """
    No framing, sniffing or caching; and a request id.
    """
    answer = await running.anonymous().get(path)

    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert len(answer.headers["dg-request-id"]) == 36


async def test_problem_has_the_request_id(running):
    """
    As in the header, the log and the audit log.
    """
    answer = await running.anonymous().get("/v1/me", dg_request_id="made-up")

    assert answer.json["request_id"] == answer.headers["dg-request-id"] != "made-up"


async def test_cors_allows_the_dashboard_only(with_dashboard):
    """
    With the headers it needs.
    """
    anonymous = with_dashboard.anonymous()
    asks = {"Access_Control_Request_Method": "PATCH", "Access_Control_Request_Headers": "if-match"}
    before = await anonymous.call("OPTIONS", "/v1/orgs/x", Origin=ORIGIN, **asks)
    answer = await anonymous.get("/v1/me", Origin=ORIGIN)
    other = await anonymous.get("/v1/me", Origin="https://evil.example")
    other_before = await anonymous.call("OPTIONS", "/v1/me", Origin="https://evil.example", **asks)

    assert before.status == 204
    assert before.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "If-Match" in before.headers["Access-Control-Allow-Headers"]
    assert "PATCH" in before.headers["Access-Control-Allow-Methods"]
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "ETag" in answer.headers["Access-Control-Expose-Headers"]
    assert answer.headers["Vary"] == "Origin"
    for refused in (other, other_before):
        assert "Access-Control-Allow-Origin" not in refused.headers
    assert "Access-Control-Allow-Credentials" not in answer.headers


async def test_cors_headers_are_absent_without_origins(running):
    answer = await running.anonymous().get("/v1/me", Origin=ORIGIN)

    assert "Access-Control-Allow-Origin" not in answer.headers


async def test_head_answers_like_get_without_a_body(running):
    ann = await running.person()
    for path in ("/v1/me", f"/v1/orgs/{ann.org}/usage/csv", "/v1/orgs/unknown"):
        got, head = await ann.get(path), await ann.call("HEAD", path)

        assert (head.status, head.text) == (got.status, "")
        assert head.headers["Content-Type"] == got.headers["Content-Type"]
        assert head.headers.get("ETag") == got.headers.get("ETag")
    assert (await ann.call("HEAD", "/v1/sign-out")).status == 405


async def test_root_leads_to_the_docs(running):
    answer = await running.anonymous().get("/")

    assert (answer.status, "Aldea" in answer.text) == (200, True)


async def test_if_match_is_never_ignored(running):
    """
    A change that would not look at it is refused.
    """
    ann = await running.person()
    refused = await ann.call("POST", "/v1/orgs", {"name": "Other"}, If_Match='"made-up"')

    assert (refused.status, refused.json["detail"]) == (400, "This takes no If-Match.")
    assert len((await ann.get("/v1/orgs")).json["items"]) == 1


async def test_openapi_document_is_valid_and_complete(running):
    """
    OpenAPI 3.1 with every route, every id explained and every problem named.
    """
    from openapi_spec_validator import OpenAPIV31SpecValidator

    document = (await running.anonymous().get("/openapi.json")).json
    OpenAPIV31SpecValidator(document).validate()

    described = {
        f"{method.upper()} {path}"
        for path, operations in document["paths"].items()
        for method in operations
    }
    backend = running.services.api.backend()
    assert described == {
        f"{route.method} {route.path}"
        for api in (backend.own, *backend.others)
        for route in api.routes
    }
    ids = [
        operation["operationId"]
        for operations in document["paths"].values()
        for operation in operations.values()
    ]
    assert len(ids) == len(set(ids))
    assert all("." not in name for name in document["components"]["schemas"])


async def test_docs_page_is_complete_and_self_contained(running):
    """
    No script but its own, no foreign address, and every problem at the URL of its type.
    """
    answer = await running.anonymous().get("/docs")
    page = answer.text
    document = (await running.anonymous().get("/openapi.json")).json

    (script,) = re.findall("<script[^>]*>(.*?)</script>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}';" in answer.headers["Content-Security-Policy"]
    assert re.findall(r"""(?:src|href|action)=["']?https?:|url\(["']?https?:""", page) == []
    assert all(f'id="{kind.code}"' in page for kind in ProblemKind)
    for path, operations in document["paths"].items():
        assert path in page
        assert all(f'id="{operation["operationId"]}"' in page for operation in operations.values())
    links = {part.partition('"')[0] for part in page.split('href="#')[1:]}
    assert {link for link in links if f'id="{link}"' not in page} == set()


def test_docs_page_escapes_text():
    document = {
        "info": {"title": "<b>", "description": "a `b` & c"},
        "tags": [],
        "paths": {},
        "components": {"schemas": {}},
    }
    page = docs_page.page(json.loads(json.dumps(document)), docs_page.Errors("", ()))

    assert "<b></title>" not in page
    assert "&lt;b&gt;" in page


async def test_metrics_are_by_route(running):
    """
    By pattern: ids would make too many series.
    """
    ann = await running.person()
    await ann.get(f"/v1/orgs/{ann.org}")
    metrics = (await running.anonymous().get("/metrics")).text

    assert 'aldea_requests_total{route="/v1/orgs/{org}",status="200"} 1.0' in metrics
    assert ann.org not in metrics


async def test_log_names_callers_by_id(logged, running):
    """
    Neither names nor tokens.
    """
    ann = await running.person()
    await ann.get(f"/v1/orgs/{ann.org}")
    lines = [json.loads(line) for line in logged.getvalue().splitlines()]
    line = lines[-1]

    assert (line["route"], line["status"], line["org"]) == ("/v1/orgs/{org}", 200, ann.org)
    assert line["actor"] == "user"
    assert not any(secret in logged.getvalue() for secret in (ann.email, ann.token))
