"""Domain values and decisions, independent of storage and transport."""
