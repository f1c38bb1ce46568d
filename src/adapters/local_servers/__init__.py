"""Real servers started on this machine: PostgreSQL, Valkey or Redis, and an SQS stand-in."""
