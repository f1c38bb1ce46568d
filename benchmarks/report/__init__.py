"""Reports the results: on the terminal, and as a document with plots."""
