"""Factories: make each part from settings and other parts."""
