"""What surrounds the API: pages of other origins, and its own description."""

import json

import aiohttp
import attrs
import pytest

from openapi_spec_validator import OpenAPIV31SpecValidator
from tests.servers.gateway import MEMORY, gateway

from aldea_core.protocol.deepgram import parameters
from entrypoints.http.handlers import FAST_PATH
from entrypoints.services.gateway import make_app
from entrypoints.services.gateway_openapi import document
from entrypoints.services.gateway_openapi_schemas import FILE_PARAMETERS, LIVE_PARAMETERS


ORIGIN = "https://platform.example"
ASKS = {
    "Origin": ORIGIN,
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization",
}
# A name that comes twice is enough for the HTTP library's own way.
PATHS = {"fast path": {}, "fallback": {"Expect": "100-continue"}}


@pytest.fixture
async def served():
    async with gateway(attrs.evolve(MEMORY, dashboard_origins=(ORIGIN,))) as running:
        yield running


@pytest.fixture
async def http():
    async with aiohttp.ClientSession() as session:
        yield session


class TestPagesOfOtherOrigins:
    @pytest.mark.parametrize("path", ["/v1/listen", "/v1/auth/grant", "/v1/audio/transcriptions"])
    async def test_preflight_needs_no_key(self, served, http, path):
        async with http.options(served.url + path, headers=ASKS) as answer:
            assert answer.status == 204
            assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
            assert "POST" in answer.headers["Access-Control-Allow-Methods"]
            assert "authorization" in answer.headers["Access-Control-Allow-Headers"].lower()
            assert int(answer.headers["Access-Control-Max-Age"]) > 0

    @pytest.mark.parametrize("by", PATHS.values(), ids=PATHS)
    @pytest.mark.parametrize("key", [True, False])
    @pytest.mark.parametrize("path", ["/v1/listen", "/v1/auth/grant"])
    async def test_answers_may_be_read_with_their_headers(self, served, http, path, key, by):
        headers = {"Origin": ORIGIN, **by, **(served.auth if key else {})}
        async with http.post(served.url + path, headers=headers) as answer:
            await answer.read()
        documented = {
            name.strip().lower()
            for name in answer.headers["Access-Control-Expose-Headers"].split(",")
        }

        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert answer.headers.getall("Vary") == ["Origin"]
        assert documented >= {
            "dg-error",
            "dg-request-id",
            "x-ratelimit-limit",
            "x-ratelimit-remaining",
            "x-ratelimit-reset",
            "content-disposition",
        }

    @pytest.mark.parametrize("by", PATHS.values(), ids=PATHS)
    async def test_other_origins_get_no_headers(self, served, http, by):
        headers = {"Origin": "https://evil.example", **by}
        async with http.post(served.url + "/v1/listen", headers=headers) as answer:
            assert answer.headers["Vary"] == "Origin"
            assert "Access-Control-Allow-Origin" not in answer.headers
        asks = {**ASKS, "Origin": "https://evil.example"}
        async with http.options(served.url + "/v1/listen", headers=asks) as answer:
            assert answer.status == 405
            assert "Access-Control-Allow-Origin" not in answer.headers

    @pytest.mark.parametrize("by", PATHS.values(), ids=PATHS)
    async def test_no_headers_without_origins(self, http, by):
        async with gateway() as served:
            headers = {"Origin": ORIGIN, **by}
            async with http.post(served.url + "/v1/listen", headers=headers) as answer:
                assert not {"Vary", "Access-Control-Allow-Origin"} & answer.headers.keys()


class TestItsDescription:
    def test_document_is_valid(self):
        OpenAPIV31SpecValidator(json.loads(json.dumps(document(live=True, files=True)))).validate()

    async def test_document_has_every_handler(self, served):
        app = make_app(served.services)
        described = {
            (method.upper(), path)
            for path, operations in document(live=True, files=True)["paths"].items()
            for method in operations
        }

        assert described - set(app[FAST_PATH].handlers) == {("GET", "/v1/models/{model}")}
        assert set(app[FAST_PATH].handlers) <= described

    @pytest.mark.parametrize(("live", "files"), [(True, False), (False, True)])
    def test_each_service_describes_its_own(self, live, files):
        assert document(live=live, files=files)["paths"].keys() == {
            path
            for path, operations in document(live=True, files=True)["paths"].items()
            for operation in operations.values()
            if (operation["tags"] == ["Live streams"]) is live
        }

    @pytest.mark.parametrize("is_live", [True, False])
    def test_described_parameters_are_parsed(self, is_live):
        described = LIVE_PARAMETERS if is_live else FILE_PARAMETERS
        parse = parameters.live_options if is_live else parameters.file_options
        values = {
            "boolean": "true",
            "integer": "1000",
            "number": "1",
            "string": "en",
        }
        special = {"redact": "pci", "replace": "a:b", "extra": "a:b", "channels": "1"}
        pairs = [
            (
                one.name,
                special.get(one.name) or (one.choices[0] if one.choices else values[one.kind]),
            )
            for one in described
            if one.name != "endpointing"
        ]

        assert parse(pairs).forwarded == ()

    async def test_page_and_document_are_served(self, served, http):
        async with http.get(served.url + "/openapi.json") as answer:
            paths = (await answer.json())["paths"]
        async with http.get(served.url + "/docs") as answer:
            page = await answer.text()

        assert "/v1/audio/transcriptions" in paths
        assert all(path in page for path in paths)
        assert page.count("<script") == 1
        links = {part.partition('"')[0] for part in page.split('href="#')[1:]}
        assert {link for link in links if f'id="{link}"' not in page} == set()
