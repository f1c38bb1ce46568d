"""Use cases that keep the keystore equal to the database."""
