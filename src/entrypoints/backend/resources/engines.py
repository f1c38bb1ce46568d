"""The state of the engines, for operators."""

from typing import Annotated

import attrs

from msgspec import Meta

from aldea_core.domain.access.limits import SessionKind
from aldea_core.ports.probes import EngineHealth, Probes
from entrypoints.backend.pipeline.calls import Call
from entrypoints.backend.pipeline.routes import OPERATOR, Document, Operation, Resource


class EngineDocument(Document, frozen=True, kw_only=True):
    """The state of one engine."""

    name: Annotated[str, Meta(description="Host and port.")]
    purposes: list[SessionKind]
    is_alive: bool
    answer_ms: Annotated[int, Meta(description="How long its answer took.")]
    problem: str
    behind_ms: Annotated[
        int | None, Meta(description="Behind live audio; null if the engine does not say.")
    ]
    sessions: Annotated[int | None, Meta(description="Now; null if the engine does not say.")]
    capacity: Annotated[int | None, Meta(description="Sessions that it takes at once.")]

    @classmethod
    def of(cls, health: EngineHealth) -> "EngineDocument":
        return cls(
            name=health.name,
            purposes=[SessionKind(each) for each in health.purposes],
            is_alive=health.is_alive,
            answer_ms=round(health.seconds * 1000),
            problem=health.problem,
            behind_ms=None if health.behind is None else round(health.behind * 1000),
            sessions=health.sessions,
            capacity=health.capacity,
        )


class EngineList(Document, frozen=True, kw_only=True):
    """Engines named in the settings; empty where the bundled engine is used."""

    items: list[EngineDocument]


@attrs.frozen
class EngineRoutes(Resource):
    TAG = "Operators"

    probes: Probes

    @Operation(
        "GET",
        "/v1/operator/engines",
        OPERATOR,
        "Ask the engines how they are",
        about="The backend asks each of them now, so this takes up to 3 seconds.",
    )
    async def get_engines(self, call: Call) -> EngineList:
        return EngineList(items=[EngineDocument.of(one) for one in await self.probes.ask()])
