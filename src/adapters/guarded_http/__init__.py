"""Requests to hosts that callers name, guarded against private addresses."""
