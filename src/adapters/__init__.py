"""
Adapters to the outside world: one folder per technology, files named like the
ports they serve.
"""
