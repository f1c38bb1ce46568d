"""
Adapters to the outside world: one folder per technology, files named like the
ports they serve.

What asks a server that does not answer raises `Unavailable`, and a transaction has then changed
nothing; a docstring names it only where something else follows from it.
"""
