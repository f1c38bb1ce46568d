"""Usage spooled to this machine's disk while the usage log is unavailable."""
