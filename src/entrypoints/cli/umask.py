"""
The umask of commands that run services: databases, usage, emails, logs and files of started servers
are readable by their owner only. Commands that write files for people keep the user's umask.
"""

PRIVATE = 0o077
