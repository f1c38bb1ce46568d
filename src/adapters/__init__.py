"""The outside world: one folder a technology, files named like the ports they serve."""
