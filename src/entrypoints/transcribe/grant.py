"""`POST /v1/auth/grant`: short-lived tokens, with which browsers use a key of their org."""

from typing import Any

import attrs

from aiohttp import web

from aldea_core.domain.access.grants import Grant
from aldea_core.domain.errors import BadRequest
from aldea_core.use_cases.access.issue_grant import IssueGrant
from aldea_core.use_cases.access.note_key_use import NoteKeyUse
from entrypoints.http.admission import Admission
from entrypoints.http.credentials import credentials_of
from entrypoints.http.handlers import add_handler
from entrypoints.http.request import Answer, Request
from entrypoints.transcribe.body import json_of


_FIELDS = {"ttl_seconds", "audio_seconds", "origin", "tags"}


@attrs.frozen
class GrantEndpoint:
    """Issues tokens to the holders of keys."""

    admission: Admission
    issue_grant: IssueGrant
    note_key_use: NoteKeyUse
    upload_idle_seconds: float

    async def grant(self, request: Request) -> Answer:
        """`POST /v1/auth/grant`."""
        caller = await self.admission.key_holder(credentials_of(request.headers))
        document = await json_of(request, self.upload_idle_seconds)
        if unknown := document.keys() - _FIELDS:  # a bound that is misspelt would bind nothing
            raise BadRequest(f"There is no field {min(unknown)[:80]}.", field=min(unknown)[:80])
        ttl = _whole(document, "ttl_seconds", 30)
        seconds = _whole(document, "audio_seconds", None)
        origin, tags = document.get("origin"), document.get("tags", [])
        if not isinstance(origin, str | None):
            raise BadRequest("origin must be a text.", field="origin")
        if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
            raise BadRequest("tags must be a list of texts.", field="tags")
        wanted = Grant(
            caller.key.hash,
            origin=origin,
            audio_ms=None if seconds is None else seconds * 1000,
            tags=tuple(tags),
        )
        issued = self.issue_grant(wanted, ttl or 0)
        await self.note_key_use(caller.key.id)
        return Answer.of_json({"access_token": issued.text, "expires_in": ttl})


def _whole(document: dict[str, Any], name: str, default: int | None) -> int | None:
    """
    Raises:
        BadRequest: The field is no whole number.
    """
    value = document.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | None):
        raise BadRequest(f"{name} must be a whole number.", field=name)
    return value


def add_handlers(app: web.Application, endpoint: GrantEndpoint) -> None:
    add_handler(app, "POST", "/v1/auth/grant", endpoint.grant)
