"""The states of a live stream, and the allowed transitions between them."""

import enum


class State(enum.StrEnum):
    LIVE = "live"
    FINISHING = "finishing"
    RECOVERING = "recovering"
    RECOVERING_TO_FINISH = "recovering to finish"
    ENDED = "ended"


class Happening(enum.StrEnum):
    CLOSE_STREAM = "CloseStream"
    ENGINE_LOST = "engine lost"
    ENGINE_FOUND = "engine found"
    LAST_EVENT = "last event"
    ENDING = "ending"


TRANSITIONS: dict[State, dict[Happening, State]] = {
    State.LIVE: {
        Happening.CLOSE_STREAM: State.FINISHING,
        Happening.ENGINE_LOST: State.RECOVERING,
        Happening.ENDING: State.ENDED,
    },
    State.FINISHING: {
        Happening.ENGINE_LOST: State.RECOVERING_TO_FINISH,
        Happening.LAST_EVENT: State.ENDED,
        Happening.ENDING: State.ENDED,
    },
    State.RECOVERING: {
        Happening.CLOSE_STREAM: State.RECOVERING_TO_FINISH,
        Happening.ENGINE_FOUND: State.LIVE,
        Happening.ENDING: State.ENDED,
    },
    State.RECOVERING_TO_FINISH: {
        Happening.ENGINE_FOUND: State.FINISHING,
        Happening.ENDING: State.ENDED,
    },
    State.ENDED: {},
}
