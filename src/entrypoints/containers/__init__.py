"""Containers: which part is made by which class or factory, wired by the names of parameters."""
