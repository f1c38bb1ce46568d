"""PostgreSQL, and SQLite on a laptop: the same tables and the same statements."""
