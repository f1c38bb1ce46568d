"""Deepgram's protocol as pure functions, for client and server."""
