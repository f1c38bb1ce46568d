"""The backend's resources, one a file."""
