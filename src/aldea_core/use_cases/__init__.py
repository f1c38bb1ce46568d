"""What Aldea does, one verb per file: load, decide, save."""
