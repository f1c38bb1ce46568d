"""Everything in memory: for one process, for a laptop, and for tests that need no servers."""
