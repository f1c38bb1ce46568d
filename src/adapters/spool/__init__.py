"""Usage that waits on this machine's disk while the log is away."""
