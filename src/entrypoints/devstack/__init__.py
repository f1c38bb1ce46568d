"""Everything on one machine: `aldea up` in one process, `aldea up --full` as in production."""
