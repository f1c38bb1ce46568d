"""The OpenAPI documents of backend and gateway: valid, complete, and with examples that are right."""

import json
import re
import shlex

from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest

from openapi_spec_validator import OpenAPIV31SpecValidator

from entrypoints.backend.openapi import document as backend_document
from entrypoints.backend.pipeline.texts import IN_WORDS
from entrypoints.containers.services import Services
from entrypoints.http.curl import curl_line
from entrypoints.http.examples import example_of
from entrypoints.services.gateway_openapi import document as gateway_document
from entrypoints.settings import Settings


ROOT = Path(__file__).parents[3]
_BACKEND = Services(Settings()).api.backend()
DOCUMENTS = {
    "backend": backend_document(
        [_BACKEND.own, *_BACKEND.others], version="1", url="https://backend.example.com"
    ),
    "gateway": gateway_document(live=True, files=True, url="https://api.example.com"),
}
OPERATIONS = {
    f"{name}: {method.upper()} {path}": (name, method.upper(), path, operation)
    for name, document in DOCUMENTS.items()
    for path, operations in document["paths"].items()
    for method, operation in operations.items()
}


@pytest.fixture(params=DOCUMENTS)
def document(request):
    return json.loads(json.dumps(DOCUMENTS[request.param]))


def test_document_is_valid(document):
    OpenAPIV31SpecValidator(document).validate()


def test_document_says_where_it_is_served_and_what_its_tags_are(document):
    used = [
        tag
        for operations in document["paths"].values()
        for operation in operations.values()
        for tag in operation["tags"]
    ]

    assert document["servers"][0]["url"].startswith("https://")
    assert document["info"]["license"]["identifier"]
    assert [tag["name"] for tag in document["tags"]] == sorted(
        set(used), key=[tag["name"] for tag in document["tags"]].index
    )
    assert all(tag["description"] for tag in document["tags"])


def test_operation_ids_are_unique_names(document):
    ids = [
        operation["operationId"]
        for operations in document["paths"].values()
        for operation in operations.values()
    ]

    assert len(ids) == len(set(ids))
    assert all(re.fullmatch("[a-z][a-z_0-9]*", one) for one in ids)


def test_every_schema_is_used(document):
    """
    A schema that nothing refers to describes nothing.
    """
    text = json.dumps(document)

    assert [
        name
        for name in document["components"]["schemas"]
        if f'"#/components/schemas/{name}"' not in text
    ] == []


@pytest.mark.parametrize("name", OPERATIONS)
def test_operation_is_described(name):
    """
    With a summary, a description, its parameters, its statuses, and an example of every JSON body.
    """
    owner, _, path, operation = OPERATIONS[name]

    assert operation["summary"]
    assert not operation["summary"].endswith(".")
    assert operation["description"].endswith(".")
    named = {one["name"] for one in operation["parameters"] if one["in"] == "path"}
    assert named == set(re.findall(r"\{(\w+)\}", path))
    for parameter in operation["parameters"]:
        assert parameter["description"], parameter["name"]
        assert "null" not in json.dumps(parameter["schema"]), parameter["name"]
    assert min(operation["responses"]) < "300"
    assert owner == "gateway" or "422" in operation["responses"] or "400" in operation["responses"]
    for _, content in bodies(operation):
        assert "example" in content
    for status, answer in operation["responses"].items():
        assert answer["description"], status


def bodies(operation):
    """The JSON bodies of requests and successful responses."""
    answers = [each for status, each in operation["responses"].items() if status < "300"]
    for where in (operation.get("requestBody", {}), *answers):
        for media, content in where.get("content", {}).items():
            if media == "application/json":
                yield media, content


def test_no_pattern_leaves_out_a_line_end():
    """
    And each has words for errors. Python's `$` matches before one that comes last: a name with it broke the email that it was in.
    """
    patterns = set(
        re.findall(r'"pattern": ("(?:[^"\\\\]|\\\\.)*")', json.dumps(DOCUMENTS["backend"]))
    )
    bare = [pattern for pattern in map(json.loads, patterns) if pattern.endswith("$")]

    assert len(patterns) > 10
    assert bare == []
    assert set(map(json.loads, patterns)) <= IN_WORDS.keys()


@pytest.mark.parametrize("name", OPERATIONS)
def test_examples_are_as_their_schemas_say(name):
    owner, _, _, operation = OPERATIONS[name]
    for _, content in bodies(operation):
        schema = {**content["schema"], "components": DOCUMENTS[owner]["components"]}
        checker = jsonschema.Draft202012Validator(
            json.loads(json.dumps(schema)), format_checker=jsonschema.FormatChecker()
        )
        checker.validate(json.loads(json.dumps(content["example"])))


@pytest.mark.parametrize("name", OPERATIONS)
def test_curl_line_is_the_request_of_the_operation(name):
    """
    At the public address, with the example as its body.
    """
    owner, method, path, operation = OPERATIONS[name]
    server = DOCUMENTS[owner]["servers"][0]["url"]
    words = shlex.split(curl_line(server, method, path, operation).replace("\\\n", " "))

    assert words[0] == "curl"
    variables = re.sub(r"\{(\w+)\}", lambda found: f"${found[1].upper()}", path)
    assert words[1].partition("?")[0] == server + variables
    default = "POST" if {"-d", "--data-binary", "-F"} & set(words) else "GET"
    assert (words[words.index("-X") + 1] if "-X" in words else default) == method
    assert ("Authorization: Bearer $TOKEN" in words) == bool(operation["security"])
    assert ("If-Match: *" in words) == any(
        one["name"] == "If-Match" for one in operation["parameters"]
    )
    content = operation.get("requestBody", {}).get("content", {})
    if set(content) == {"application/json"}:
        example = content["application/json"]["example"]
        assert json.loads(words[words.index("-d") + 1]) == json.loads(json.dumps(example))


def test_quotes_in_examples_stay_within_the_shells_quotes():
    operation = {
        "parameters": [],
        "responses": {},
        "security": [],
        "requestBody": {"content": {"application/json": {"example": {"name": "Ann's `id` $HOME"}}}},
    }
    words = shlex.split(curl_line("http://b", "POST", "/x", operation).replace("\\\n", " "))

    assert json.loads(words[words.index("-d") + 1]) == {"name": "Ann's `id` $HOME"}


def test_example_of_a_schema_within_itself_ends():
    schemas = {
        "Group": {
            "type": "object",
            "properties": {
                "groups": {"type": "array", "items": {"$ref": "#/components/schemas/Group"}},
                "parent": {"anyOf": [{"$ref": "#/components/schemas/Group"}, {"type": "null"}]},
            },
        }
    }

    found = example_of({"$ref": "#/components/schemas/Group"}, schemas)
    assert found == {"groups": [], "parent": None}


# A field that an example sends to have it refused.
_REFUSED = {"colour"}


@pytest.mark.parametrize("page", ["backend", "webhooks", "billing"])
def test_examples_of_the_documentation_have_the_apis_fields(page):
    text = (ROOT / "docs" / f"{page}.md").read_text()
    blocks = re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    shown = {name for block in blocks for name in re.findall(r'"([a-z_]+)":', block)}

    assert shown - _REFUSED <= set(fields_of(DOCUMENTS["backend"]))


def fields_of(schema: object) -> Iterator[str]:
    """Names of all properties within *schema*."""
    match schema:
        case dict():
            yield from schema.get("properties", ())
            for each in schema.values():
                yield from fields_of(each)
        case list():
            for each in schema:
                yield from fields_of(each)
