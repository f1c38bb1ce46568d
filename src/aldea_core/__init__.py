"""Aldea's core: domain, protocol, ports and use cases. Pure Python without any input or output."""
