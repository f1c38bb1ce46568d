"""
Engines on other machines, over HTTP and WebSocket.

They speak the public protocol, as our own engines and Deepgram's do, or OpenAI's for files.
"""
