"""The backend: accounts, keys, limits, usage and billing over HTTP."""
