"""The OpenAPI 3.1 document, made from the routes and the types that validate requests."""

from collections.abc import Sequence
from typing import Any

import msgspec

from entrypoints.backend.pipeline import idempotency
from entrypoints.backend.pipeline.problems import MEDIA_TYPE, Problem, ProblemKind
from entrypoints.backend.pipeline.routes import Route, Who


_REF = "#/components/schemas/{name}"
_IN_WORDS = {
    "org": "The organisation's id.",
    "key": "The key's id, not the key.",
}


def document(routes: Sequence[Route], *, version: str) -> dict[str, Any]:
    """The OpenAPI document of *routes*."""
    bodies = [kind for route in routes for kind in (route.body, route.answer) if kind is not None]
    queries = [route.query for route in routes if route.query is not None]
    types: list[Any] = list(dict.fromkeys([*bodies, *queries, Problem]))
    schemas, components = msgspec.json.schema_components(types, ref_template=_REF)
    refs = dict(zip(types, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        operation = _operation(route, refs, components)
        paths.setdefault(route.path, {})[route.method.lower()] = operation
    names = {query.__name__ for query in queries}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Aldea backend",
            "version": version,
            "description": "Accounts, keys, limits, usage and billing.",
        },
        "servers": [{"url": "/", "description": "Where this document is served."}],
        "tags": [
            {"name": resource} for resource in dict.fromkeys(route.resource for route in routes)
        ],
        "paths": paths,
        "components": {
            "schemas": {name: schema for name, schema in components.items() if name not in names},
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A sign-in token, or an API key where the route takes one.",
                },
            },
        },
    }


def _operation(
    route: Route, refs: dict[Any, dict[str, Any]], components: dict[str, Any]
) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": operation_id(route),
        "tags": [route.resource],
        "summary": route.summary,
        "description": " ".join(filter(None, [route.about, who(route)])),
        "parameters": [*_path(route), *_query(route, components), *_headers(route)],
        "responses": {**_answer(route, refs), **_problems(route, refs)},
        "security": [] if route.access.who is Who.ANYBODY else [{"bearer": []}],
    }
    if route.body is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": refs[route.body]}},
        }
    return operation


def operation_id(route: Route) -> str:
    """Operation id: the name of the route's handler."""
    return str(getattr(route.handler, "__name__", route.path))


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
        case _:
            return f"For {access.who.value}."


def _path(route: Route) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": _IN_WORDS.get(name, f"The id of the {name.replace('_', ' ')}."),
            "schema": {"type": "string", "minLength": 1, "maxLength": 64},
        }
        for name in route.parameters
    ]


def _query(route: Route, components: dict[str, Any]) -> list[dict[str, Any]]:
    if route.query is None:
        return []
    schema = components[route.query.__name__]
    return [
        {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", []),
            "schema": kind,
        }
        for name, kind in schema["properties"].items()
    ]


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
                    "pattern": "^[ -~]+$",
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


def _answer(route: Route, refs: dict[Any, dict[str, Any]]) -> dict[str, Any]:
    if route.answer is None and not route.media:
        return {str(204 if route.status == 200 else route.status): {"description": "Done."}}
    content: dict[str, Any] = {media: {"schema": {}} for media in route.media}
    answer: dict[str, Any] = {"description": route.summary + ".", "content": content}
    if route.answer is not None:
        content["application/json"] = {"schema": refs[route.answer]}
        answer["headers"] = {
            "ETag": {"description": "Changes when this does.", "schema": {"type": "string"}},
        }
    return {str(route.status): answer}


def _problems(route: Route, refs: dict[Any, dict[str, Any]]) -> dict[str, Any]:
    by_status: dict[int, list[ProblemKind]] = {}
    for kind in route.problems():
        by_status.setdefault(kind.status, []).append(kind)
    return {
        str(status): {
            "description": " ".join(f"{kind.code}: {kind.meaning}" for kind in kinds),
            "content": {MEDIA_TYPE: {"schema": refs[Problem]}},
        }
        for status, kinds in sorted(by_status.items())
    }
