"""What is measured of decoding: for metrics, and to refuse streams beyond what keeps pace."""

from collections import deque
from collections.abc import Sequence


_LAGS_SECONDS = 30.0
_LAGS_KEPT = 1000


class Measures:
    """Counts of windows, and the lags of recent final results."""

    def __init__(self) -> None:
        self.batches = 0
        self.windows = 0
        self.replaced = 0
        # Final results whose words were known when they were due.
        self.ready = 0
        self.busy_seconds = 0.0
        self.audio_seconds = 0.0
        self._lags: deque[tuple[float, float]] = deque(maxlen=_LAGS_KEPT)

    def final_was_ready(self) -> None:
        self.ready += 1

    def batch_done(
        self, seconds: Sequence[float], lags: Sequence[float], busy: float, now: float
    ) -> None:
        """
        Args:
            seconds: Of audio, for each window.
            lags: Seconds for which each final result was due.
            busy: Seconds the batch took.
        """
        self.batches += 1
        self.windows += len(seconds)
        self.audio_seconds += sum(seconds)
        self.busy_seconds += busy
        self._lags += [(now, lag) for lag in lags]

    def lag(self, now: float) -> float:
        """The lag that 19 of 20 recent final results do not exceed. 0 if they are few."""
        while self._lags and self._lags[0][0] < now - _LAGS_SECONDS:
            self._lags.popleft()
        lags = sorted(lag for _, lag in self._lags)
        return lags[int(len(lags) * 0.95)] if len(lags) >= 5 else 0.0
