"""Codes of authenticator apps, by PyOTP."""
