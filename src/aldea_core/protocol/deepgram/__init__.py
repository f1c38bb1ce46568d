"""Deepgram's protocol, as pure functions, for both of its ends."""
