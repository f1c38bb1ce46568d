"""Timeouts and limits of a live stream."""

import attrs


@attrs.frozen
class Bounds:
    """
    Timeouts in seconds, sizes in bytes.

    Attributes:
        idle: Longest time without any message from the client.
        first_audio: Longest time without audio since the start, with KeepAlive only.
        longest: Longest session.
        recovery: Longest time from the loss of an engine to the next engine.
        finish: Longest time from CloseStream to the engine's next result, and between results after
            it.
        final_results: Longest time from a reason to end to the final result of the audio so far.
        replay_bytes: Audio kept for replay to another engine.
        recoveries: Engines that may be lost in a row without a final result between them.
        lead: Seconds of audio that may be ahead of real time before flow control begins.
        pace: Speed allowed from there on, as a multiple of real time.
        unread: Longest time that results may wait for a client that does not read.
        messages: Messages without audio per second; small audio messages may be ten times as many.
        patience: How long a client may exceed that rate.
    """

    idle: float = 10
    first_audio: float = 60
    longest: float = 4 * 3600
    recovery: float = 15
    finish: float = 120
    final_results: float = 5
    replay_bytes: int = 8 * 2**20
    recoveries: int = 4
    lead: float = 60
    pace: float = 1.25
    unread: float = 30
    messages: float = 100
    patience: float = 10
