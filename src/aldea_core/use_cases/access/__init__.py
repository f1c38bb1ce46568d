"""Orgs, keys and people: who may come in."""
