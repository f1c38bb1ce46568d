"""Use cases of access: orgs, keys, users and sign-ins."""
