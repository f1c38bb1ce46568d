"""Audio formats, transcription options and transcripts."""
