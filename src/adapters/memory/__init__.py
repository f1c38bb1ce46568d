"""Adapters in memory: for a single process, for a laptop, and for tests without servers."""
