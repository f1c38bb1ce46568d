"""Access: orgs, keys, users, limits, and the audit log."""
