"""Readers for the values of settings."""
