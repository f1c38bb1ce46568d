"""A live stream from its admission to its end, as values and a state machine."""
