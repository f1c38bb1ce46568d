"""What bounds a live stream."""

import attrs


@attrs.frozen
class Bounds:
    """
    How long and how much, in seconds and bytes.

    Attributes:
        idle: Nothing at all from the client.
        first_audio: No audio ever, only KeepAlive.
        longest: The longest session.
        recovery: From losing an engine to having another.
        finish: From CloseStream, or the engine's latest word since, to its next.
        last_words: From a reason to end to the final result of what was said until then.
        replay_bytes: Audio kept for another engine.
        recoveries: Engines that may be lost in a row without a final result between them.
        lead: Audio that may come ahead of real time before the client is held back.
        pace: How much faster than real time it may go on from there.
        unread: Results that the client does not read.
        messages: Messages without audio a second; small frames of audio may be ten times as many.
        patience: How long a client may send as many messages as that, and more.
    """

    idle: float = 10
    first_audio: float = 60
    longest: float = 4 * 3600
    recovery: float = 15
    finish: float = 120
    last_words: float = 5
    replay_bytes: int = 8 * 2**20
    recoveries: int = 4
    lead: float = 60
    pace: float = 1.25
    unread: float = 30
    messages: float = 100
    patience: float = 10
