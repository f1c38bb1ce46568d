"""Real servers that we start on this machine, for tests and for `aldea up --full`."""
