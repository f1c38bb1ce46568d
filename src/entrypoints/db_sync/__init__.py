"""db-sync: changes from the database to the queue, usage from Redis to the ledger."""
