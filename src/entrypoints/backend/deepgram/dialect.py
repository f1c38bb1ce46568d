"""How Deepgram's clients expect bodies to be read, and responses and errors to be rendered."""

from typing import Any, TypeVar, final

import attrs
import msgspec

from aiohttp import web
from typing_extensions import override

from aldea_core.domain.ids import SessionId
from aldea_core.protocol.deepgram.errors import HttpError, of_status
from entrypoints.backend.deepgram.documents import DeepgramError
from entrypoints.backend.pipeline.dialects import ApiDialect, RefusalFormat
from entrypoints.backend.pipeline.parsing import JSON, read_body
from entrypoints.backend.pipeline.problems import ProblemError, ProblemKind
from entrypoints.backend.pipeline.routes import Wanted
from entrypoints.http.middleware import sent
from entrypoints.http.request import Answer


_Wanted = TypeVar("_Wanted", bound=Wanted)

# Deepgram's clients expect money as a JSON number. Decimals are written with all their digits.
_ENCODER = msgspec.json.Encoder(decimal_format="number")
PREFIXES = ("/v1/projects", "/v1/models")


@final
@attrs.frozen
class DeepgramDialect(ApiDialect):
    @property
    @override
    def refusals(self) -> RefusalFormat:
        return RefusalFormat(JSON, DeepgramError, _status)

    @property
    @override
    def prefixes(self) -> tuple[str, ...]:
        return PREFIXES

    @override
    def read_body(self, kind: type[_Wanted], body: bytes, content_type: str) -> _Wanted:
        return read_body(kind, body, JSON)  # whatever content type the client sends

    @override
    def encode(self, answer: Any) -> bytes:
        return _ENCODER.encode(answer)

    @override
    def refuse(self, refused: ProblemError, request_id: str) -> web.Response:
        error = _worded(refused)
        headers = {**error.headers(), **refused.headers}
        return sent(Answer(error.status, error.body(SessionId(request_id)), headers))


def _status(kind: ProblemKind) -> int:
    """Deepgram answers 400 for invalid fields, never 422."""
    return 400 if kind.status == 422 else kind.status


def _worded(refused: ProblemError) -> HttpError:
    named = "; ".join(f"{error.field}: {error.message}" for error in refused.errors)
    status = _status(refused.kind)
    error = of_status(status, named or str(refused))
    return attrs.evolve(error, code="CONFLICT") if status == 409 else error
