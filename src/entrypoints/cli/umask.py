"""
The umask of what runs services: databases, usage, letters, logs, and the files of servers that are
started with them are their owner's alone. Commands that write files for people keep people's own.
"""

PRIVATE = 0o077
