"""Judging passwords by zxcvbn."""
