"""Who may do what: orgs, keys, people, limits, and the record of changes."""
