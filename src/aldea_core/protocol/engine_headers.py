"""Response headers by which Aldea's own engines say more to the gateways in front of them."""

# Of `/healthz`: seconds by which it is behind the audio it received.
BEHIND = "aldea-behind"
# Of `/healthz`: its sessions, and how many it takes at once, as `3/16`.
LOAD = "aldea-load"

# Of a file's transcript, so that gateways need not parse it: milliseconds of audio, how many channels
# were transcribed separately, and the model's name as hexadecimal UTF-8.
AUDIO_MS = "aldea-audio-ms"
CHANNELS = "aldea-channels"
MODEL = "aldea-model"

# Of a live stream's handshake: its frames may be passed on unchanged.
PROTOCOL = "aldea-protocol"
