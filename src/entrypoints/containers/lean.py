"""Importing libraries without others that are optional to them."""

from adapters.system.lean import without


__all__ = ["without"]
