"""How the values of settings are read."""
