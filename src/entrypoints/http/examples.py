"""Examples of JSON, made from the schemas that describe it."""

from collections.abc import Mapping
from typing import Any


Schema = Mapping[str, Any]

_ID = "6b42c662-6c3e-4b0b-9d52-1f0f8d3c9a11"
_BY_FORMAT = {
    "date-time": "2026-11-27T09:30:00.000Z",
    "date": "2026-11-27",
    "uri": "https://example.com/speech.mp3",
}
# What texts of these names look like.
_BY_NAME = {
    "a_minute": "0.0043",
    "access_token": "eyJhbGciOiJIUzI1NiJ9.…",
    "action": "key.created",
    "address": "203.0.113.7",
    "agent": "Mozilla/5.0",
    "by": "day",
    "canonical_name": "general",
    "code": "492039",
    "comment": "laptop",
    "cost": "0.0043",
    "country": "ES",
    "currency": "USD",
    "effective_tax_rate": "21",
    "email": "ann@example.com",
    "end": "2026-11-30",
    "err_code": "INVALID_AUTH",
    "err_msg": "Invalid credentials.",
    "error": "Invalid credentials.",
    "event_type": "invoice.issued",
    "expiration_date": "2027-11-27T00:00:00Z",
    "expires_at": "2027-11-27T09:30:00.000Z",
    "gateway": "gateway-1",
    "hint": "org_1j3zSn",
    "key": "org_1j3zSn…",
    "issuer": "https://login.example.com",
    "language": "en",
    "legal_name": "Acme Ltd",
    "model": "general",
    "month": "2026-11",
    "name": "Ann",
    "new": "four words of yours",
    "number": "2026-000117",
    "object": "list",
    "org_name": "Acme",
    "origin": "https://app.example.com",
    "otpauth_uri": "otpauth://totp/Aldea:ann@example.com?secret=JBSWY3DP",
    "owner_email": "ann@example.com",
    "password": "four words of yours",
    "path": "/v1/listen",
    "plan": "standard",
    "price": "0.0043",
    "rate": "21",
    "reason": "Too noisy",
    "scopes": "member",
    "secret": "whsec_…",
    "start": "2026-11-01",
    "tags": "shop",
    "tax_rate": "21",
    "text": "Hello, world.",
    "title": "Unprocessable Entity",
    "token": "ses_W4WV8xkq",
    "transcript": "Hello, world.",
    "type": "invoice.issued",
    "url": "https://example.com/hook",
    "vat_id": "ESB12345678",
    "word": "hello",
    "zone": "Europe/Madrid",
}


def example_of(schema: Schema, schemas: Mapping[str, Schema]) -> Any:
    """
    A value that *schema* allows.

    Args:
        schemas: What references lead to, by name.
    """
    return _example(schema, schemas, "", ())


def _example(
    schema: Schema, schemas: Mapping[str, Schema], name: str, within: tuple[str, ...]
) -> Any:
    if "examples" in schema:
        return schema["examples"][0]
    if "$ref" in schema:
        wanted = schema["$ref"].rpartition("/")[2]
        return _example(schemas[wanted], schemas, name, (*within, wanted))
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return _of_any(schema["anyOf"], schemas, name, within)
    match schema.get("type"):
        case "object":
            properties: Mapping[str, Schema] = schema.get("properties", {})
            return {
                field: _example(kind, schemas, field, within) for field, kind in properties.items()
            }
        case "array":
            items = schema.get("items", {})
            return (
                []
                if not items or _is_circle(items, within)
                else [_example(items, schemas, name, within)]
            )
        case "string":
            return _text(schema, name)
        case "integer" | "number":
            return max(schema.get("minimum", 1), min(schema.get("maximum", 1), 1))
        case "boolean":
            return True
        case _:
            return None if schema.get("type") == "null" else {}


def _of_any(
    kinds: list[Schema], schemas: Mapping[str, Schema], name: str, within: tuple[str, ...]
) -> Any:
    """Of the first kind that is something, and that this is not within already."""
    for kind in kinds:
        if kind.get("type") != "null" and not _is_circle(kind.get("items", kind), within):
            return _example(kind, schemas, name, within)
    return None


def _is_circle(schema: Schema, within: tuple[str, ...]) -> bool:
    return schema.get("$ref", "").rpartition("/")[2] in within


def _text(schema: Schema, name: str) -> str:
    if "const" in schema:
        return str(schema["const"])
    if schema.get("format") in _BY_FORMAT:
        return _BY_NAME.get(name, _BY_FORMAT[schema["format"]])
    if name == "id" and "pattern" in schema:
        return "gold"
    if name == "id" or name.endswith("_id"):
        return _ID
    return _BY_NAME.get(name, "") if "minLength" not in schema else _BY_NAME.get(name, "example")
