"""
The OpenAPI document as a page for people: `/docs`.

Rendered here as HTML, so that it opens at once, prints, and loads nothing from other hosts. A small
script adds search and copying; without it the page is whole.
"""

import base64
import hashlib
import importlib.resources
import json

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

import attrs

from entrypoints.http.curl import curl_line


_FILES = importlib.resources.files("entrypoints.http")
STYLE = _FILES.joinpath("docs.css").read_text()
SCRIPT = _FILES.joinpath("docs.js").read_text()


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


POLICY = (
    f"default-src 'none'; style-src {_hash(STYLE)}; script-src {_hash(SCRIPT)}; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@attrs.frozen
class ErrorKind:
    """
    Attributes:
        code: It is an anchor of the page, too.
        name: As responses have it.
        meaning: In words; `code` in backticks.
    """

    status: int
    code: str
    name: str
    meaning: str


@attrs.frozen
class Errors:
    """What refusals look like, and all kinds of them."""

    about: str
    kinds: Sequence[ErrorKind]


def page(document: Mapping[str, Any], errors: Errors) -> str:
    """The whole page."""
    title = escape(document["info"]["title"])
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark">',
            f"<title>{title}</title><style>{STYLE}</style></head><body>",
            f"<header><h1>{title}</h1><p>{escape(document['info']['description'])}",
            'For programs: <a href="/openapi.json">openapi.json</a>.</p>',
            '<p class="search" hidden><input id="search" type="search" autocomplete="off"',
            ' placeholder="Search, or press /" aria-label="Search the operations"></p></header>',
            *_contents(document),
            '<main><p id="none" role="status" hidden>No operation has all of these words.</p>',
            *_resources(document),
            *_schemas(document["components"]["schemas"]),
            *_errors(errors),
            f'</main><script type="module">{SCRIPT}</script></body></html>',
        ],
    )


def _by_resource(document: Mapping[str, Any]) -> dict[str, list[tuple[str, str, dict[str, Any]]]]:
    resources: dict[str, list[tuple[str, str, dict[str, Any]]]] = {
        tag["name"]: [] for tag in document["tags"]
    }
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            resources[operation["tags"][0]].append((method.upper(), path, operation))
    return resources


def _contents(document: Mapping[str, Any]) -> Iterator[str]:
    yield '<nav aria-label="Contents"><details open><summary>Contents</summary>'
    for resource, operations in _by_resource(document).items():
        yield f"<h2>{escape(resource)}</h2><ul>"
        for _, _, operation in operations:
            yield f'<li><a href="#{operation["operationId"]}">{escape(operation["summary"])}</a></li>'
        yield "</ul>"
    yield '<h2>Reference</h2><ul><li><a href="#documents">Documents</a></li>'
    yield '<li><a href="#problems">Problems</a></li></ul></details></nav>'


def _resources(document: Mapping[str, Any]) -> Iterator[str]:
    abouts = {tag["name"]: tag.get("description", "") for tag in document["tags"]}
    server = document["servers"][0]["url"].rstrip("/") if document.get("servers") else ""
    for resource, operations in _by_resource(document).items():
        yield f"<section><h2>{escape(resource)}</h2><p>{_code(abouts[resource])}</p>"
        for method, path, operation in operations:
            yield from _operation(server, method, path, operation)
        yield "</section>"


def _operation(server: str, method: str, path: str, operation: Mapping[str, Any]) -> Iterator[str]:
    said = (method, path, operation["summary"], operation["description"], operation["operationId"])
    words = escape(" ".join(said).lower())
    yield f'<article id="{operation["operationId"]}" data-words="{words}">'
    yield f"<h3>{escape(operation['summary'])}</h3>"
    yield f'<p class="address"><b class="{method.lower()}">{method}</b> <code>{escape(path)}</code></p>'
    yield f"<p>{_code(operation['description'])}</p>"
    if operation["parameters"]:
        yield "<table><thead><tr><th>parameter</th><th>in</th><th>type</th><th></th></tr></thead>"
        for parameter in operation["parameters"]:
            about = parameter.get("description") or parameter["schema"].get("description", "")
            name = escape(parameter["name"]) + ("" if parameter["required"] else " <i>optional</i>")
            yield f"<tr><td><code>{name}</code></td><td>{parameter['in']}</td>"
            yield f"<td>{_type(parameter['schema'])}</td><td>{_code(about)}</td></tr>"
        yield "</table>"
    if "requestBody" in operation:
        yield f"<p>Takes {_type(_schema_of(operation['requestBody']))}.</p>"
    yield "<p class=answers>Answers "
    answers = []
    for status, answer in operation["responses"].items():
        is_problem = int(status) >= 400
        shown = "" if is_problem or "content" not in answer else f" {_type(_schema_of(answer))}"
        mark = f'<span title="{escape(answer["description"])}">{status}</span>'
        answers.append(f"{mark}{shown}")
    yield ", ".join(answers) + ".</p>"
    line, here = curl_line(server, method, path, operation), "" if server else " data-here"
    yield f'<div class="curl"><pre><code{here}>{escape(line)}</code>'
    yield '<button type="button" hidden>Copy</button></pre></div>'
    yield from _example(operation)
    yield "</article>"


def _example(operation: Mapping[str, Any]) -> Iterator[str]:
    """An example of the response."""
    for answer in operation["responses"].values():
        for media in answer.get("content", {}).values():
            if "example" in media:
                text = json.dumps(media["example"], indent=2, ensure_ascii=False)
                yield "<details><summary>An example of the answer</summary>"
                yield f"<pre><code>{escape(text)}</code></pre></details>"
                return


def _schema_of(what: Mapping[str, Any]) -> Mapping[str, Any]:
    schemas = [media["schema"] for media in what["content"].values()]
    return next((schema for schema in schemas if schema), {})


def _schemas(schemas: Mapping[str, Any]) -> Iterator[str]:
    yield '<section id="documents"><h2>Documents</h2>'
    for name, schema in sorted(schemas.items()):
        yield f'<article id="schema-{escape(name)}"><h3>{escape(name)}</h3>'
        yield f"<p>{_code(schema.get('description', ''))}</p>"
        if "enum" in schema:
            yield f"<p>One of {', '.join(f'<code>{escape(str(v))}</code>' for v in schema['enum'])}.</p>"
        if "properties" in schema:
            yield "<table><thead><tr><th>field</th><th>type</th><th></th></tr></thead>"
            for field, kind in schema["properties"].items():
                optional = "" if field in schema.get("required", []) else " <i>optional</i>"
                yield f"<tr><td><code>{escape(field)}</code>{optional}</td><td>{_type(kind)}</td>"
                yield f"<td>{_code(kind.get('description', ''))}</td></tr>"
            yield "</table>"
        yield "</article>"
    yield "</section>"


def _errors(errors: Errors) -> Iterator[str]:
    yield '<section id="problems"><h2>Problems</h2>'
    yield f"<p>{_code(errors.about)}</p><table>"
    yield "<thead><tr><th>status</th><th>type</th><th></th></tr></thead>"
    for kind in errors.kinds:
        yield f'<tr id="{escape(kind.code)}"><td>{kind.status}</td>'
        yield f"<td><code>{escape(kind.name)}</code></td><td>{_code(kind.meaning)}</td></tr>"
    yield "</table></section>"


def _type(schema: Mapping[str, Any]) -> str:
    """A schema in a few words."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#schema-{name}">{name}</a>'
    if "anyOf" in schema:
        return " or ".join(_type(part) for part in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    words = [escape(str(schema.get("format") or schema.get("type") or "anything"))]
    for least, most in (("minLength", "maxLength"), ("minimum", "maximum")):
        if least in schema or most in schema:
            words.append(f"{schema.get(least, '')}…{schema.get(most, '')}")
    return " ".join(words)


def _code(text: str) -> str:
    """Text with `this` in code elements."""
    parts = escape(text).split("`")
    return "".join(
        f"<code>{part}</code>" if number % 2 else part for number, part in enumerate(parts)
    )
