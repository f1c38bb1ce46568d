"""What is kept of every request: one line in the log, and its part in the metrics."""

from typing import final

import attrs
import structlog

from aldea_core.domain.ids import SessionId
from aldea_core.ports.clock import Clock
from entrypoints.http.metrics import Metrics


# Asked every few seconds, by load balancers and by whoever collects metrics.
_NOT_LOGGED = ("/healthz", "/readyz", "/metrics")

log = structlog.get_logger()


@final
@attrs.frozen
class Record:
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
            route: Its pattern: paths themselves are anybody's choice, and would flood the metrics.
            began: By the monotonic clock.
            more: What else belongs on its line in the log.
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
