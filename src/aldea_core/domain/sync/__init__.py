"""Drift: differences between the database and the keystore."""
