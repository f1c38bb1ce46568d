"""OpenAI's protocol for files: forms in, transcripts and errors out."""
