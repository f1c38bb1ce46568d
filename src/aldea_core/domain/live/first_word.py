"""How long after a word was said its result went to the client: the first one of a live stream."""

import attrs

from aldea_core.domain.transcripts.transcripts import LiveEvent, Result


@attrs.define
class FirstWord:
    """
    Attributes:
        audio_began: When the first audio arrived, by the monotonic clock; None before.
        is_sent: Whether a result with words went to the client.
        latency_ms: From when the first word was said until then; None if there is none yet. The
            audio counts as spoken while it arrives, so None too if it came faster than that.
    """

    audio_began: float | None = None
    is_sent: bool = False
    latency_ms: int | None = None

    def sent(self, event: LiveEvent, at: float) -> None:
        """*event* goes to the client; must be called for each event until `is_sent`."""
        if not isinstance(event, Result) or not event.alternative.transcript:
            return
        self.is_sent = True
        words = event.alternative.words
        said = words[0].start if words else event.start
        if self.audio_began is not None and at >= self.audio_began + said:
            self.latency_ms = round((at - self.audio_began - said) * 1000)
