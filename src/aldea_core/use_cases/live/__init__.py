"""Use cases of transcription sessions: open, renew and close them."""
