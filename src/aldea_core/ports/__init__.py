"""
Interfaces to the outside world (databases, engines, clock), one per
file. Adapters implement them.

Where a store, queue or engine does not answer, methods raise `Unavailable`; a docstring names it only
where something follows from it.
"""
