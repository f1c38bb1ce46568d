"""The OpenAPI 3.1 document, made from the routes and the types that validate requests."""

from collections.abc import Iterator, Sequence
from typing import Any

import attrs
import msgspec

from entrypoints.backend.documentation import PATH, QUERY, RESOURCES
from entrypoints.backend.pipeline import idempotency
from entrypoints.backend.pipeline.dialects import ApiRoutes, RefusalFormat
from entrypoints.backend.pipeline.problems import ProblemKind
from entrypoints.backend.pipeline.routes import Route, Who
from entrypoints.backend.pipeline.texts import whole
from entrypoints.http.examples import example_of


_REF = "#/components/schemas/{name}"
_JSON = "application/json"
_ETAG = {"description": "Changes when this does.", "schema": {"type": "string"}}
_SECURITY = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "A sign-in token, or an API key where the route takes one.",
    },
}


def document(apis: Sequence[ApiRoutes], *, version: str, url: str = "") -> dict[str, Any]:
    """
    The OpenAPI document of *apis*.

    Args:
        url: Where the backend is for its clients; empty: where the document is.
    """
    routes = [route for api in apis for route in api.routes]
    schemas = _Schemas.of(apis)
    paths: dict[str, dict[str, Any]] = {}
    for api in apis:
        for route in api.routes:
            operation = _operation(route, schemas, api.dialect.refusals)
            paths.setdefault(route.path, {})[route.method.lower()] = operation
    used = {route.tag for route in routes}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Aldea backend",
            "version": version,
            "description": "Accounts, keys, limits, usage and billing.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": url or "/", "description": "The backend."}],
        "tags": [
            {"name": name, "description": about}
            for name, about in RESOURCES.items()
            if name in used
        ],
        "paths": paths,
        "components": {"schemas": schemas.shown, "securitySchemes": _SECURITY},
    }


@attrs.frozen
class _Schemas:
    """
    Attributes:
        refs: References to the schemas of types.
        all: Every schema by its name.
        shown: Those that the document has: queries are parameters instead.
    """

    refs: dict[Any, dict[str, Any]]
    all: dict[str, dict[str, Any]]
    shown: dict[str, dict[str, Any]]

    @classmethod
    def of(cls, apis: Sequence[ApiRoutes]) -> "_Schemas":
        routes = [route for api in apis for route in api.routes]
        bodies = [kind for route in routes for kind in (route.body, route.answer) if kind]
        queries = [route.query for route in routes if route.query is not None]
        refusals = [api.dialect.refusals.document for api in apis]
        types: list[Any] = list(dict.fromkeys([*bodies, *queries, *refusals]))
        found, components = msgspec.json.schema_components(types, ref_template=_REF)
        components = msgspec.json.decode(msgspec.json.encode(components))  # tuples become lists
        refs: dict[Any, dict[str, Any]] = dict(zip(types, found, strict=True))
        hidden = {_name(refs[query]) for query in queries}
        shown = {name: schema for name, schema in components.items() if name not in hidden}
        return cls(refs, components, shown)

    def content(self, kind: Any) -> dict[str, Any]:
        """A body of the type, with an example."""
        schema = self.refs[kind]
        return {"schema": schema, "example": example_of(schema, self.all)}

    def properties(self, kind: Any) -> tuple[dict[str, Any], list[str]]:
        """Of a type: its fields, and which of them are required."""
        schema = self.all[_name(self.refs[kind])]
        return schema["properties"], schema.get("required", [])


def _name(ref: dict[str, Any]) -> str:
    return str(ref["$ref"]).rpartition("/")[2]


def _operation(route: Route, schemas: _Schemas, refusals: RefusalFormat) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": operation_id(route),
        "tags": [route.tag],
        "summary": route.summary,
        "description": " ".join(filter(None, [route.about, who(route)])),
        "parameters": [*_path(route), *_query(route, schemas), *_headers(route)],
        "responses": {**_answer(route, schemas), **_problems(route, schemas, refusals)},
        "security": [] if route.access.who is Who.ANYBODY else [{"bearer": []}],
    }
    if route.body is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {_JSON: schemas.content(route.body)},
        }
    return operation


def operation_id(route: Route) -> str:
    """Operation id: the name of the route's handler, and where several share it, of the path too."""
    name = str(getattr(route.handler, "__name__", route.path))
    if not route.path.startswith(("/v1/projects", "/v1/models")):
        return name
    return f"{name}_of_project" if "{project}" in route.path else f"{name}_of_key"


def who(route: Route) -> str:
    """Who may call the route, in words."""
    access = route.access
    match access.who:
        case Who.ANYBODY:
            return "For anybody."
        case Who.IN_ORG:
            key = f", or an API key with the scope `{access.scope}`" if access.scope else ""
            article = "an" if access.role.value[0] in "ao" else "a"
            return f"For callers who are at least {article} {access.role.value}{key}."
        case Who.KEY:
            return f"For API keys of the organisation with the scope `{access.scope}`."
        case _:
            return f"For {access.who.value}."


def _path(route: Route) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": PATH.get(name, f"The id of the {name.replace('_', ' ')}."),
            "schema": {
                "type": "string",
                "minLength": 1,
                "maxLength": 254 if name == "email" else 64,
            },
        }
        for name in route.parameters
    ]


def _query(route: Route, schemas: _Schemas) -> Iterator[dict[str, Any]]:
    if route.query is None:
        return
    properties, required = schemas.properties(route.query)
    for name, kind in properties.items():
        schema = _present(kind)
        within = schema.pop("description", "")
        about = kind.get("description") or within or QUERY.get(name, "")
        yield {
            "name": name,
            "in": "query",
            "required": name in required,
            "description": about,
            "schema": schema,
        }


def _present(kind: dict[str, Any]) -> dict[str, Any]:
    """The schema of a parameter that is there: a query has no null."""
    given = [part for part in kind.get("anyOf", []) if part.get("type") != "null"]
    if "null" not in {part.get("type") for part in kind.get("anyOf", [])}:
        return dict(kind)
    return dict(given[0]) if len(given) == 1 else {"anyOf": given}


def _headers(route: Route) -> list[dict[str, Any]]:
    headers = []
    if route.is_idempotent:
        headers.append(
            {
                "name": idempotency.HEADER,
                "in": "header",
                "required": False,
                "description": "The same one with the same request is answered once.",
                "schema": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": idempotency.LONGEST,
                    "pattern": whole("[ -~]+", "Must be of printable ASCII characters."),
                },
            },
        )
    if route.current is not None:
        headers.append(
            {
                "name": "If-Match",
                "in": "header",
                "required": True,
                "description": "The ETag of what is changed.",
                "schema": {"type": "string"},
            },
        )
    return headers


def _answer(route: Route, schemas: _Schemas) -> dict[str, Any]:
    if route.answer is None and not route.media:
        return {str(204 if route.status == 200 else route.status): {"description": "Done."}}
    content: dict[str, Any] = {media: {"schema": _schema_of(media)} for media in route.media}
    answer: dict[str, Any] = {"description": route.summary + ".", "content": content}
    if route.answer is not None:
        content[_JSON] = schemas.content(route.answer)
        answer["headers"] = {"ETag": _ETAG}
    return {str(route.status): answer}


def _schema_of(media: str) -> dict[str, str]:
    """Characters, if *media* is text; else bytes."""
    return {"type": "string"} | ({} if media.startswith("text/") else {"format": "binary"})


def _problems(route: Route, schemas: _Schemas, refusals: RefusalFormat) -> dict[str, Any]:
    by_status: dict[int, list[ProblemKind]] = {}
    for kind in route.problems():
        by_status.setdefault(refusals.status(kind), []).append(kind)
    return {
        str(status): {
            "description": " ".join(f"{kind.code}: {kind.meaning}" for kind in kinds),
            "content": {refusals.media: {"schema": schemas.refs[refusals.document]}},
        }
        for status, kinds in sorted(by_status.items())
    }
