"""Passkeys, by webauthn."""
