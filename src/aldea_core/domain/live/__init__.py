"""A live stream from admission to its end, as values and a state machine."""
