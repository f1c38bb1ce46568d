"""Passwords by Argon2id."""
