"""The access log: one line for every request, and its part in the metrics."""

from typing import final

import attrs
import structlog

from aldea_core.domain.ids import SessionId
from aldea_core.ports.clock import Clock
from entrypoints.runtime.metrics import Metrics


# Load balancers and metrics scrapers call these every few seconds.
_NOT_LOGGED = ("/healthz", "/readyz", "/metrics", "/stats")

log = structlog.get_logger()


@final
@attrs.frozen
class AccessLog:
    metrics: Metrics
    clock: Clock

    def answered(
        self,
        method: str,
        route: str,
        status: int,
        session: SessionId,
        began: float,
        **more: str,
    ) -> None:
        """
        Args:
            route: The route's pattern. Clients choose paths freely, which would flood the metrics.
            began: When the request began, by the monotonic clock.
            more: Further fields of its log line.
        """
        seconds = self.clock.monotonic() - began
        self.metrics.answered(route, status, seconds)
        if not route.startswith(_NOT_LOGGED):
            log.info(
                "request",
                request_id=session,
                method=method,
                route=route,
                status=status,
                ms=round(seconds * 1000),
                **more,
            )
