"""Headers of an engine's `/healthz` response, read by the gateways in front of it."""

# Seconds by which it is behind the audio it received.
BEHIND = "aldea-behind"
# Its sessions, and how many it takes at once, as `3/16`.
LOAD = "aldea-load"
