"""Keep the keystore equal to the database."""
