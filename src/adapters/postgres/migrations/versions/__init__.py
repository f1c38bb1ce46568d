"""Migrations, one per file."""
