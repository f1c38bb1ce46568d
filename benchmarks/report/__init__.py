"""What was found, told: on the terminal, and as a document with plots."""
