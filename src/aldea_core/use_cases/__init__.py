"""
Use cases, one verb per file: load through ports, decide in the domain, save through ports.

A port's `Unavailable` passes through; a docstring names it only where something follows from it.
"""
