"""
Interfaces to the outside world (databases, engines, clock), one per
file. Adapters implement them.
"""
