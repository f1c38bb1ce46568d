"""The `aldea` command."""
