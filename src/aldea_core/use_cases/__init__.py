"""Use cases, one verb per file: load through ports, decide in the domain, save through ports."""
