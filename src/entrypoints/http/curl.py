"""A command line of curl for an operation of an OpenAPI document."""

import json
import re

from collections.abc import Mapping
from typing import Any


_JSON = "application/json"
_PARAMETER = re.compile(r"\{(\w+)\}")
# RFC 6455: without these a server does not switch to a WebSocket.
_UPGRADE = (
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: SGVsbG8sIHdvcmxkIQ==",
)


def curl_line(server: str, method: str, path: str, operation: Mapping[str, Any]) -> str:
    """
    The command, in several lines. Ids and the token are variables of the shell.

    Args:
        server: The address before the path.
    """
    target = _PARAMETER.sub(lambda found: f"${found[1].upper()}", path)
    query = "&".join(
        f"{one['name']}=${one['name'].upper()}"
        for one in operation["parameters"]
        if one["in"] == "query" and one["required"]
    )
    parts = [f'"{server}{target}{"?" * bool(query)}{query}"']
    if method not in {"GET", "POST"}:
        parts.append(f"-X {method}")
    if operation["security"]:
        parts.append('-H "Authorization: Bearer $TOKEN"')
    parts += ["-H 'If-Match: *'" for one in operation["parameters"] if one["name"] == "If-Match"]
    parts += _body(operation)
    if method == "POST" and "requestBody" not in operation:
        parts.append("-X POST")
    if "101" in operation["responses"]:
        parts += ["-i --http1.1", *(f"-H '{header}'" for header in _UPGRADE)]
    if any("text/event-stream" in answer.get("content", {}) for answer in _answers(operation)):
        parts.append("-N")
    return "curl " + " \\\n  ".join(parts)


def _answers(operation: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return list(operation["responses"].values())


def _body(operation: Mapping[str, Any]) -> list[str]:
    content = operation.get("requestBody", {}).get("content", {})
    if "multipart/form-data" in content:
        return ["-F file=@speech.mp3", "-F model=general"]
    if "audio/*" in content:
        return ["--data-binary @speech.mp3"]
    if _JSON in content:
        text = json.dumps(content[_JSON]["example"], ensure_ascii=False)
        quoted = text.replace("'", "'\\''")
        return [f"-H 'Content-Type: {_JSON}'", f"-d '{quoted}'"]
    return []
