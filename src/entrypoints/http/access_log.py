"""The access log: one line for every request, and its part in the metrics."""

from typing import Any, final

import attrs

from aldea_core.domain.ids import SessionId
from aldea_core.ports.clock import Clock
from entrypoints.runtime.log import bound_logger
from entrypoints.runtime.metrics import Metrics


# Load balancers and metrics scrapers call these every few seconds.
_NOT_LOGGED = ("/healthz", "/readyz", "/metrics", "/stats")


@final
@attrs.frozen
class AccessLog:
    metrics: Metrics
    clock: Clock
    _log: Any = attrs.field(factory=bound_logger, init=False, repr=False)

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
            self._log.info(
                "request",
                request_id=session,
                method=method,
                route=route,
                status=status,
                ms=round(seconds * 1000),
                **more,
            )
