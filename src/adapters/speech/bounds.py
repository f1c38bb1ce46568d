"""Where a segment ends, as each recogniser needs it."""

import attrs


@attrs.frozen
class SegmentBounds:
    """
    Attributes:
        pause_ms: Silence that ends an utterance; None if only its length ends it.
        longest: Greatest length of an utterance, in seconds.
        longest_without_pause: The same, if `pause_ms` is None.
        silence: Seconds without speech after which a segment ends.
        tail: Seconds recognised after the last voiced frame; None if all are, to the end. With a
            tail shorter than the pause, the final result is known before the pause has ended.
    """

    pause_ms: int | None = 300
    longest: float = 12.0
    longest_without_pause: float = 60.0
    silence: float = 5.0
    tail: float | None = None
