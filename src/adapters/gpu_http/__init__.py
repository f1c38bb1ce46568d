"""
Engines on other machines, over HTTP and WebSocket.

They speak the public protocol, as Aldea's own engines and Deepgram do. For files, OpenAI's protocol
is supported too.
"""
