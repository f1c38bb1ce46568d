"""Benchmarks of Aldea beside other proxies: `make bench`."""
