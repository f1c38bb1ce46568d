"""How the database and the keystore may differ."""
