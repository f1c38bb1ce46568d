"""Signed tokens (RFC 7519)."""
