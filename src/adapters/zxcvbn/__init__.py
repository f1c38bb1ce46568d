"""Password strength by zxcvbn."""
