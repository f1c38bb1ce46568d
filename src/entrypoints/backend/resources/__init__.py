"""What the backend has, one resource a file."""
