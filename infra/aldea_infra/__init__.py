"""Aldea on AWS: one stage per environment, made from typed settings."""
