"""The tables. Migrations must lead to exactly these; a test compares them."""
