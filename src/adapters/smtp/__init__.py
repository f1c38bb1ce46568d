"""Emails, by the standard library."""
